use super::Day;
use crate::shop::Oops;
use chrono::TimeDelta;

impl Day {
    pub(super) fn wednesday(&mut self) -> Result<(), Oops> {
        self.shop.wait(TimeDelta::hours(27));
        self.rewrite("wrong-sku", "SHIRT-XM", "SHIRT-M")
    }
}
