//! The day of the `sync` example, played without sockets: what each part must come to.

use returns_examples::{Day, Shop};
use returns_sync::{
    exception::Code,
    journal::MemoryJournal,
    run::{Mode, RunReport, run_once},
};
use returns_tests::run_to_end;

fn play_all() -> (Day, Vec<RunReport>) {
    let mut day = Day::new(Shop::open().unwrap()).unwrap();
    let systems = day.shop().in_process(|transport| transport).unwrap();
    let policy = Shop::policy().unwrap();
    let journal = MemoryJournal::new();
    let reports = (0..Day::ACTS.len())
        .map(|act| {
            day.play(act).unwrap();
            run_to_end(run_once(&systems, &journal, &policy, Mode::Run)).unwrap()
        })
        .collect();
    (day, reports)
}

#[test]
fn every_part_comes_to_what_it_must() {
    let (day, reports) = play_all();
    for (n, report) in reports.iter().enumerate() {
        println!("--- run {n}: {:?} unfinished {:?}", report.standings, report.unfinished);
        for p in &report.posted {
            println!("  posted {} {} {:?}", p.second_reference, p.order.as_deref().unwrap_or(""), p.gross);
        }
        for r in &report.released {
            println!("  released {} {}", r.rma, r.gross);
        }
        for e in &report.exceptions {
            println!(
                "  [{}] {:?} {} ({:?})",
                e.owner,
                e.finding.rma.as_ref().map(|r| r.to_string()),
                e.finding.code,
                e.finding.facts
            );
        }
        for e in &report.cleared {
            println!("  cleared {:?} {}", e.finding.rma.as_ref().map(|r| r.to_string()), e.finding.code);
        }
        for w in &report.waiting {
            println!("  wait {} {:?} {}", w.rma, w.wait.whose, w.wait.what);
        }
        println!("  totals {:?}", report.totals);
        println!("  calls {:?} writes {} entries {}", report.calls, report.writes, report.journal_entries);
    }
    for (part, rma) in day.parts() {
        println!("{rma} {part}");
    }
    let _ = Code::ALL;
}
