//! Enumerates what can go wrong: a [`Schedule`] is one complete choice of lost requests, lost answers and crashes.
//! [`every_schedule`] plays them all, depth first; [`faulty`] puts the choices on a transport, [`drive`] on a future.

mod readme;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use returns_wire::{Transport, TransportErrorKind};
use std::{
    future::Future,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

/// How much may go wrong in one schedule.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Requests that go wrong.
    pub faults: u32,
    /// Times the caller dies.
    pub crashes: u32,
}

#[derive(Debug)]
struct Choices {
    /// What was chosen at each point, and how many ways there were.
    path: Vec<(u8, u8)>,
    at: usize,
    faults_left: u32,
    crashes_left: u32,
    trace: Vec<String>,
}

/// One schedule while it is played. Clones share it.
#[derive(Debug, Clone)]
pub struct Schedule(Arc<Mutex<Choices>>);

impl Schedule {
    fn lock(&self) -> MutexGuard<'_, Choices> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What went wrong in it, in order.
    pub fn trace(&self) -> Vec<String> {
        self.lock().trace.clone()
    }

    fn note(&self, text: String) {
        self.lock().trace.push(text);
    }

    fn fault(&self, ways: u8) -> u8 {
        let mut choices = self.lock();
        if choices.faults_left == 0 {
            return 0;
        }
        let chosen = choices.choose(ways);
        choices.faults_left -= u32::from(chosen > 0);
        chosen
    }

    fn crash(&self) -> bool {
        let mut choices = self.lock();
        if choices.crashes_left == 0 {
            return false;
        }
        let crash = choices.choose(2) == 1;
        choices.crashes_left -= u32::from(crash);
        crash
    }
}

impl Choices {
    fn choose(&mut self, ways: u8) -> u8 {
        let at = self.at;
        self.at += 1;
        if let Some((chosen, known)) = self.path.get(at) {
            assert_eq!(*known, ways, "the same choices must lead to the same points");
            return *chosen;
        }
        self.path.push((0, ways));
        0
    }

    /// The next schedule in depth-first order; false after the last.
    fn advance(&mut self) -> bool {
        while let Some((chosen, ways)) = self.path.pop() {
            if chosen + 1 < ways {
                self.path.push((chosen + 1, ways));
                return true;
            }
        }
        false
    }
}

/// What `cargo test` plays: each kind of fault once, and a crash at each await once. Each proof has a test beside it that plays
/// faults and crashes together; it is ignored, since it takes minutes without optimisation.
pub const SUITE: &[Limits] = &[Limits { faults: 1, crashes: 0 }, Limits { faults: 0, crashes: 1 }];

/// Plays every schedule within each of the limits; gives how many there were.
pub fn every_schedule(limits: &[Limits], mut play: impl FnMut(&Schedule)) -> u64 {
    limits.iter().map(|limits| every_schedule_within(*limits, &mut play)).sum()
}

fn every_schedule_within(limits: Limits, mut play: impl FnMut(&Schedule)) -> u64 {
    let mut path = Vec::new();
    let mut played = 0;
    loop {
        let schedule = Schedule(Arc::new(Mutex::new(Choices {
            path,
            at: 0,
            faults_left: limits.faults,
            crashes_left: limits.crashes,
            trace: Vec::new(),
        })));
        play(&schedule);
        played += 1;
        let mut choices = schedule.lock();
        if !choices.advance() {
            return played;
        }
        path = std::mem::take(&mut choices.path);
    }
}

/// What can become of a write.
const FATES: [&str; 6] = [
    "done",
    "request lost",
    "answer lost",
    "refused with 500 before acting",
    "500 after acting",
    "acted, 200 with half a body",
];

/// A transport whose writes meet every fate. Reads always work.
pub fn faulty(inner: Transport, schedule: &Schedule, is_write: fn(&Request<Bytes>) -> bool) -> Transport {
    let schedule = schedule.clone();
    Transport::new(tower::service_fn(move |request: Request<Bytes>| {
        let (inner, schedule) = (inner.clone(), schedule.clone());
        async move {
            if !is_write(&request) {
                return inner.send(request).await;
            }
            let fate = schedule.fault(FATES.len().try_into().unwrap_or(1));
            if fate > 0 {
                schedule.note(format!("{}: {}", request.uri().path(), FATES.get(usize::from(fate)).unwrap_or(&"?")));
            }
            let lost = || TransportErrorKind::Interrupted.because("the schedule says so");
            let mut error = Response::new(Bytes::from_static(b"{}"));
            *error.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            match fate {
                1 => return Err(lost()),
                3 => return Ok(error),
                _ => {}
            }
            let answer = inner.send(request).await?;
            match fate {
                2 => Err(lost()),
                4 => Ok(error),
                5 => Err(TransportErrorKind::BodyLost(answer.status()).because("the schedule says so")),
                _ => Ok(answer),
            }
        }
    }))
}

/// Polls a future to its end on this thread, or drops it where the schedule says so: then `None`.
pub fn drive<F: Future>(future: F, schedule: &Schedule, place: impl Fn() -> String) -> Option<F::Output> {
    drive_while(future, schedule, place, || true)
}

/// [`drive`], where it may be dropped only while `mortal` says so.
pub fn drive_while<F: Future>(
    future: F,
    schedule: &Schedule,
    place: impl Fn() -> String,
    mortal: impl Fn() -> bool,
) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    let mut polls = 0u32;
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return Some(output),
            Poll::Pending => {
                polls += 1;
                if mortal() && schedule.crash() {
                    schedule.note(format!("died at await {polls}, {}", place()));
                    return None;
                }
            }
        }
    }
}

/// Polls a future to its end on this thread; nothing goes wrong.
pub fn run_to_end<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
