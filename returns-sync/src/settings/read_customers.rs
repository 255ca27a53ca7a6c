use super::{
    absent, keys,
    reader::{Reader, shown},
};
use crate::policy::{Customers, CustomersBy};
use returns_wire::Currency;
use sage200_client::AccountReference;

/// The shop's accounts, each written as `customers_by` says.
pub(super) fn customers(reader: &mut Reader<'_>) -> Option<Customers> {
    let by = absent(reader, keys::CUSTOMERS_BY, CustomersBy::List, |reader, key| reader.choice(key, CustomersBy::ALL))?;
    match by {
        CustomersBy::List => list(reader, "a list of account references", account).map(Customers::List),
        CustomersBy::Currency => {
            let wanted = "a list such as [\"GBP = WEB001\"]: currency = account";
            let accounts = list(reader, wanted, |text| {
                let (currency, account) = pair(text, wanted)?;
                Ok((currency.parse::<Currency>().map_err(|error| format!("{}: {error}", shown(text)))?, account))
            })?;
            once(reader, &accounts, |one, other| one == other).then_some(Customers::ByCurrency(accounts))
        }
        CustomersBy::Channel => {
            let wanted = "a list such as [\"web = WEB001\"]: channel = account";
            let accounts = list(reader, wanted, |text| {
                let (channel, account) = pair(text, wanted)?;
                Ok((channel.to_owned(), account))
            })?;
            once(reader, &accounts, |one, other| one.eq_ignore_ascii_case(other))
                .then_some(Customers::ByChannel(accounts))
        }
        CustomersBy::AnalysisCode => {
            let wanted = "one text such as [\"3 = Web shop\"]: analysis code = its value on the shop's accounts";
            let read = |text: &str| {
                let wrong = || format!("{}; write {wanted}", shown(text));
                let (code, value) = text.split_once('=').ok_or_else(wrong)?;
                let code = code.trim().parse::<u8>().ok().filter(|code| (1..=20).contains(code)).ok_or_else(wrong)?;
                let value = value.trim();
                let fits = !value.is_empty() && value.encode_utf16().count() <= 60;
                if fits { Ok((code, value.to_owned())) } else { Err(wrong()) }
            };
            let found = list(reader, wanted, read)?;
            let (code, value) = only(reader, found, wanted)?;
            Some(Customers::Recognised { code, value })
        }
        CustomersBy::Each => {
            let wanted = "[\"any\"]: every account is credited";
            let read =
                |text: &str| if text == "any" { Ok(()) } else { Err(format!("{}; write {wanted}", shown(text))) };
            let found = list(reader, wanted, read)?;
            only(reader, found, wanted).map(|()| Customers::Each)
        }
    }
}

fn list<T: PartialEq>(
    reader: &mut Reader<'_>,
    wanted: &str,
    one: impl Fn(&str) -> Result<T, String>,
) -> Option<Vec<T>> {
    reader.list(keys::CUSTOMERS, wanted, |value| value.as_str().map(&one))
}

fn account(text: &str) -> Result<AccountReference, String> {
    if text.contains('=') {
        return Err(format!("{}, which is no account's code; or set {}", shown(text), keys::CUSTOMERS_BY));
    }
    AccountReference::new(text).map_err(|error| error.to_string())
}

/// `GBP = WEB001`: what an account is told by, and the account.
fn pair<'t>(text: &'t str, wanted: &str) -> Result<(&'t str, AccountReference), String> {
    let wrong = || format!("{}; write {wanted}", shown(text));
    let (by, account) = text.split_once('=').ok_or_else(wrong)?;
    let by = by.trim();
    if by.is_empty() {
        return Err(wrong());
    }
    Ok((by, AccountReference::new(account.trim()).map_err(|error| error.to_string())?))
}

/// Is each currency or channel there once?
fn once<T: std::fmt::Display>(
    reader: &mut Reader<'_>,
    accounts: &[(T, AccountReference)],
    same: impl Fn(&T, &T) -> bool,
) -> bool {
    let mut rest = accounts;
    while let [(first, _), others @ ..] = rest {
        if others.iter().any(|(other, _)| same(first, other)) {
            wrong(reader, &format!("names two accounts for {first}; name one"));
            return false;
        }
        rest = others;
    }
    true
}

/// The only one of a list.
fn only<T>(reader: &mut Reader<'_>, list: Vec<T>, wanted: &str) -> Option<T> {
    let count = list.len();
    let mut list = list.into_iter();
    match (list.next(), list.next()) {
        (Some(only), None) => Some(only),
        _ => {
            wrong(reader, &format!("holds {count} texts; write {wanted}"));
            None
        }
    }
}

fn wrong(reader: &mut Reader<'_>, message: &str) {
    let line = reader.find(keys::CUSTOMERS).map_or(1, |(_, line)| line);
    reader.wrong(keys::CUSTOMERS, line, message);
}
