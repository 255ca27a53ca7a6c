//! Nothing here: see `tests/order_of_work.rs` and the programs in `fail/` and `pass/`.
