//! A server on a bare socket that misbehaves as told and counts the requests it has fully read.

use returns_wire::BaseUrl;
use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// What the server does once it has read a request to its last byte.
#[derive(Clone, Copy)]
pub(crate) enum Play {
    /// Closes the connection in order.
    Close,
    /// Resets the connection (`SO_LINGER` 0).
    Reset,
    /// Says this, then closes.
    Say(&'static str),
    /// Says nothing until the caller goes away.
    Silence,
    /// Answers the first request of a connection and keeps it open; reads the second and closes.
    CloseAtSecond,
    /// Closes before anything is read: whoever expects TLS gets none.
    CloseUnread,
}

const GOODBYE: &[u8] = b"GOODBYE";

pub(crate) struct RawServer {
    pub(crate) base: BaseUrl,
    address: std::net::SocketAddr,
    seen: Arc<AtomicU32>,
    task: tokio::task::JoinHandle<()>,
}

impl RawServer {
    pub(crate) async fn start(play: Play) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if matches!(play, Play::CloseUnread) { "https" } else { "http" };
        let seen = Arc::new(AtomicU32::new(0));
        let counter = seen.clone();
        let task = tokio::spawn(async move {
            let mut open = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let mut start = [0; GOODBYE.len()];
                if stream.peek(&mut start).await.is_ok() && start == GOODBYE {
                    break;
                }
                open.spawn(act(stream, play, counter.clone()));
            }
            while let Some(ended) = open.join_next().await {
                ended.unwrap();
            }
        });
        Self { base: format!("{scheme}://{address}/").parse().unwrap(), address, seen, task }
    }

    /// Requests fully read. Connections are accepted in order, so once our own last one is seen, all earlier ones
    /// are in; then each of them is played to its end.
    pub(crate) async fn requests_read(self) -> u32 {
        let mut last = TcpStream::connect(self.address).await.unwrap();
        last.write_all(GOODBYE).await.unwrap();
        self.task.await.unwrap();
        self.seen.load(Ordering::SeqCst)
    }
}

async fn act(mut stream: TcpStream, play: Play, seen: Arc<AtomicU32>) {
    if matches!(play, Play::CloseUnread) {
        return;
    }
    let mut first = true;
    while read_request(&mut stream).await {
        seen.fetch_add(1, Ordering::SeqCst);
        match play {
            Play::CloseUnread | Play::Close => return,
            Play::Reset => return stream.set_zero_linger().unwrap(),
            // The caller may be gone already; that is its right.
            Play::Say(text) => return drop(stream.write_all(text.as_bytes()).await),
            Play::Silence => {}
            Play::CloseAtSecond if first => {
                first = false;
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await.unwrap();
            }
            Play::CloseAtSecond => return,
        }
    }
}

/// Reads one request with its body; false at the end of the connection.
async fn read_request(stream: &mut TcpStream) -> bool {
    let mut read = Vec::new();
    loop {
        if let Some(head) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&read[..head]).to_ascii_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.map_or(0, |value| value.trim().parse().unwrap());
            if read.len() >= head + 4 + length {
                return true;
            }
        }
        let mut part = [0; 1024];
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return false,
            Ok(n) => read.extend_from_slice(&part[..n]),
        }
    }
}
