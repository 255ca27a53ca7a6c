#![doc = include_str!("../README.md")]

pub mod evidence;
pub mod exception;
pub mod journal;
pub mod policy;
pub mod rules;

#[cfg(feature = "run")]
pub mod probe;
#[cfg(feature = "run")]
pub mod run;
#[cfg(feature = "settings")]
pub mod settings;
