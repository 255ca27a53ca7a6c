//! The table `[exchange]`: where orders of new goods stand in Sage, and how the goods are sent.

use super::{
    keys, optional,
    read_policy::warehouse,
    reader::{Reader, shown},
};
use crate::policy::{ExchangeSite, ShippingIn, ShippingNames};

/// Warehouse and analysis codes: all or none of them.
pub(super) fn site(reader: &mut Reader<'_>) -> Option<Option<ExchangeSite>> {
    let warehouse = warehouse(reader, keys::EXCHANGE_WAREHOUSE)?;
    let rma_code = optional(reader, keys::EXCHANGE_RMA_CODE, |reader, key| reader.whole::<u8>(key))?;
    let order_code = optional(reader, keys::EXCHANGE_ORDER_CODE, |reader, key| reader.whole::<u8>(key))?;
    let shipping = shipping(reader)?;
    let site = match (warehouse, rma_code, order_code) {
        (Some(warehouse), Some(rma_code), Some(order_code)) => {
            ExchangeSite { warehouse, rma_code, order_code, shipping }
        }
        (None, None, None) if shipping.is_none() => return Some(None),
        _ => {
            let needed = [keys::EXCHANGE_WAREHOUSE, keys::EXCHANGE_RMA_CODE, keys::EXCHANGE_ORDER_CODE];
            let all = needed.iter().chain(&[keys::SHIPPING_IN]);
            let there = all.copied().find(|key| reader.find(key).is_some()).unwrap_or(keys::EXCHANGE_WAREHOUSE);
            let missing =
                needed.iter().copied().find(|key| reader.find(key).is_none()).unwrap_or(keys::EXCHANGE_WAREHOUSE);
            let line = reader.find(there).map_or(1, |(_, line)| line);
            reader.wrong(there, line, format!("needs {missing} beside it: {}", missing.what));
            return None;
        }
    };
    let mut codes = vec![(keys::EXCHANGE_RMA_CODE, site.rma_code), (keys::EXCHANGE_ORDER_CODE, site.order_code)];
    if let Some(ShippingIn::AnalysisCode(number)) = site.shipping.as_ref().map(ShippingNames::place) {
        codes.push((keys::SHIPPING_CODE, number));
    }
    for (place, (key, number)) in codes.iter().enumerate() {
        if let Some((other, _)) = codes.iter().take(place).find(|(_, other)| other == number) {
            let line = reader.find(key).map_or(1, |(_, line)| line);
            reader.wrong(
                key,
                line,
                format!("is {number}, as {other} is; an analysis code carries one thing, so take another"),
            );
            return None;
        }
    }
    Some(Some(site))
}

/// Where and how goods are sent: a place and a default, and methods for certain titles.
fn shipping(reader: &mut Reader<'_>) -> Option<Option<ShippingNames>> {
    let place = optional(reader, keys::SHIPPING_IN, |reader, key| reader.choice(key, keys::SHIPPING_PLACES))?;
    let number = optional(reader, keys::SHIPPING_CODE, |reader, key| reader.whole::<u8>(key))?;
    let default = optional(reader, keys::DEFAULT_SHIPPING, |reader, key| Some(reader.text(key)?.0.trim().to_owned()))?;
    let by_title = optional(reader, keys::SHIPPING_METHODS, |reader, key| {
        reader.list(key, "a list such as title = method", |value| Some(title_and_method(value.as_str()?)))
    })?;
    let needs = |reader: &mut Reader<'_>, there: &'static keys::Key, missing: &keys::Key| {
        let line = reader.find(there).map_or(1, |(_, line)| line);
        reader.wrong(there, line, format!("needs {missing} beside it: {}", missing.what));
        None
    };
    let Some(place) = place else {
        for key in [keys::SHIPPING_CODE, keys::DEFAULT_SHIPPING, keys::SHIPPING_METHODS] {
            if reader.find(key).is_some() {
                return needs(reader, key, keys::SHIPPING_IN);
            }
        }
        return Some(None);
    };
    let place = match (place, number) {
        ("analysis_code", Some(number)) => ShippingIn::AnalysisCode(number),
        ("analysis_code", None) => return needs(reader, keys::SHIPPING_IN, keys::SHIPPING_CODE),
        (_, Some(_)) => {
            let line = reader.find(keys::SHIPPING_CODE).map_or(1, |(_, line)| line);
            let message = format!("is used only where {} is \"analysis_code\"; remove this line", keys::SHIPPING_IN);
            reader.wrong(keys::SHIPPING_CODE, line, message);
            return None;
        }
        ("priority", None) => ShippingIn::Priority,
        (_, None) => ShippingIn::Charge,
    };
    let Some(default) = default else { return needs(reader, keys::SHIPPING_IN, keys::DEFAULT_SHIPPING) };
    match ShippingNames::new(place, &default, by_title.unwrap_or_default()) {
        Ok(names) => Some(Some(names)),
        Err(why) => {
            let line = reader.find(keys::DEFAULT_SHIPPING).map_or(1, |(_, line)| line);
            reader.wrong(keys::DEFAULT_SHIPPING, line, why);
            None
        }
    }
}

/// `Express = DPD-EXPRESS`: a title of shipping in the shop, and the method in Sage.
fn title_and_method(text: &str) -> Result<(String, String), String> {
    let wrong = || format!("{}; write a title and a method, such as \"Express = DPD-EXPRESS\"", shown(text));
    let (title, method) = text.rsplit_once('=').ok_or_else(wrong)?;
    let (title, method) = (title.trim(), method.trim());
    if title.is_empty() || method.is_empty() { Err(wrong()) } else { Ok((title.to_owned(), method.to_owned())) }
}
