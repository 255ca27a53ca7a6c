//! The README's embedding compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
