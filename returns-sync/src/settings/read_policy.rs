use super::{
    absent, keys, optional, read_customers, read_exchange,
    reader::{Reader, integer, shown},
};
use crate::policy::{
    BundleSplit, Caps, CheaperExchange, ClosedPeriod, Contradiction, Customers, Exchanges, FeeTreatment, Fees,
    KeptGoods, NilOrders, NominalAccount, OrdersNotInSage, Policy, ReceiptProof, RefundGate, ReturnGoRefunds, Route,
    SalesReturns, StockProof, StoreCredit,
};
use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::London;
use returns_wire::{Currency, JsonDecimal, Money};
use rust_decimal::Decimal;
use sage200_client::AccountReference;
use shopify_returns::{AppId, Component, RecipeTable};
use std::collections::BTreeSet;
use toml::{
    de::DeValue,
    value::{Datetime, Offset},
};

/// A go-live before this year is a typing error that would post every old return.
const FIRST_YEAR: i32 = 2015;

pub(super) fn policy(reader: &mut Reader<'_>) -> Option<Policy> {
    let go_live = go_live(reader);
    let currency = reader.read(keys::CURRENCY, str::parse::<Currency>);
    let customers = read_customers::customers(reader);
    let tax_codes = optional(reader, keys::TAX_CODES, |reader, key| {
        reader.list(key, "a list of whole numbers", |value| {
            let number = integer(value)?.and_then(|number| i16::try_from(number).ok()).filter(|number| *number >= 0);
            Some(number.ok_or_else(|| format!("a number that is no VAT code; allowed is 0 to {}", i16::MAX)))
        })
    });
    let order_prefix =
        absent(reader, keys::ORDER_PREFIX, String::new(), |reader, key| Some(reader.text(key)?.0.to_owned()));
    let receipt_proof = absent(reader, keys::RECEIPT_PROOF, ReceiptProof::ItemValidated, |reader, key| {
        reader.choice(key, ReceiptProof::ALL)
    });
    let route = absent(reader, keys::ROUTE, Route::LedgerCreditNote, |reader, key| reader.choice(key, Route::ALL));
    let refund_gate =
        absent(reader, keys::REFUND_GATE, RefundGate::WorkList, |reader, key| reader.choice(key, RefundGate::ALL));
    let sales_returns = sales_returns(reader);
    let exchanges =
        absent(reader, keys::EXCHANGES, Exchanges::default(), |reader, key| reader.choice(key, Exchanges::ALL));
    let cheaper_exchange = absent(reader, keys::CHEAPER_EXCHANGE, CheaperExchange::default(), |reader, key| {
        reader.choice(key, CheaperExchange::ALL)
    });
    let nil_orders =
        absent(reader, keys::NIL_ORDERS, NilOrders::default(), |reader, key| reader.choice(key, NilOrders::ALL));
    let exchange_within = absent(reader, keys::EXCHANGE_WITHIN_HOURS, 72, |reader, key| reader.whole(key));
    let exchange_site = read_exchange::site(reader);
    let returngo_refunds = absent(reader, keys::RETURNGO_REFUNDS, ReturnGoRefunds::Pays, |reader, key| {
        reader.choice(key, ReturnGoRefunds::ALL)
    });
    // Both may pay then: who does is no matter for a default.
    if refund_gate == Some(RefundGate::ShopifyRefund)
        && reader.find(keys::RETURNGO_REFUNDS).is_none()
        && let Some((_, line)) = reader.find(keys::REFUND_GATE)
    {
        let message = format!(
            "needs {} beside it: \"pays\" where ReturnGO's automatic refunds are off and staff alone have it pay, \
             \"notify_only\" where it asks and waits for us",
            keys::RETURNGO_REFUNDS
        );
        reader.wrong(keys::REFUND_GATE, line, message);
    }
    let closed_period =
        absent(reader, keys::CLOSED_PERIOD, ClosedPeriod::Hold, |reader, key| reader.choice(key, ClosedPeriod::ALL));
    let fee = |reader: &mut Reader<'_>, key| {
        absent(reader, key, FeeTreatment::Hold, |reader, key| reader.choice(key, FeeTreatment::ALL))
    };
    let (restocking, return_fee, label) =
        (fee(reader, keys::RESTOCKING_FEE), fee(reader, keys::RETURN_FEE), fee(reader, keys::LABEL_FEE));
    let cancellation_days = absent(reader, keys::CANCELLATION_DAYS, 14, |reader, key| reader.whole(key));
    let kept_goods =
        absent(reader, keys::KEPT_GOODS, KeptGoods::Hold, |reader, key| reader.choice(key, KeptGoods::ALL));
    let follow_days = absent(reader, keys::GOODS_FOLLOW_WITHIN_DAYS, 0, |reader, key| reader.whole(key));
    let store_credit = store_credit(reader);
    let orders_not_in_sage = absent(reader, keys::ORDERS_NOT_IN_SAGE, OrdersNotInSage::Hold, |reader, key| {
        reader.choice(key, OrdersNotInSage::ALL)
    });
    let standalone_account = standalone_account(reader, customers.as_ref());
    let vat_by_rate = optional(reader, keys::VAT_BY_RATE, |reader, key| {
        reader.list(key, "a list such as rate = code", |value| Some(rate_and_code(value.as_str()?)))
    });
    let bundles = bundles(reader);
    let bundle_split =
        absent(reader, keys::BUNDLE_SPLIT, BundleSplit::default(), |reader, key| reader.choice(key, BundleSplit::ALL));
    let returngo_app = optional(reader, keys::RETURNGO_APP, |reader, key| reader.whole::<u64>(key));
    let credit_within = absent(reader, keys::CREDIT_WITHIN_HOURS, 72, |reader, key| reader.whole(key));
    let attribute_within = absent(reader, keys::ATTRIBUTE_WITHIN_HOURS, 24, |reader, key| reader.whole(key));
    let stock_proof =
        absent(reader, keys::STOCK_PROOF, StockProof::default(), |reader, key| reader.choice(key, StockProof::ALL));
    let stock_within = absent(reader, keys::STOCK_WITHIN_HOURS, 72, |reader, key| reader.whole(key));
    let send_reference = absent(reader, keys::SEND_REFERENCE, true, |reader, key| reader.flag(key));
    let inspect = absent(reader, keys::INSPECT_WITHIN_HOURS, 48, |reader, key| reader.whole(key));
    let settle = absent(reader, keys::SETTLE_SECONDS, 180, |reader, key| reader.whole(key));
    let accept_existing = absent(reader, keys::ACCEPT_EXISTING, false, |reader, key| reader.flag(key));
    let nominal = nominal(reader);
    let caps = caps(reader, currency);
    Some(Policy {
        go_live: go_live?,
        currency: currency?,
        customers: customers?,
        tax_codes: tax_codes?,
        order_prefix: order_prefix?,
        receipt_proof: receipt_proof?,
        route: route?,
        refund_gate: refund_gate?,
        sales_returns: sales_returns?,
        returngo_refunds: returngo_refunds?,
        closed_period: closed_period?,
        fees: Fees { restocking: restocking?, return_fee: return_fee?, label: label? },
        cancel_within: TimeDelta::try_days(cancellation_days?)?,
        kept_goods: kept_goods?,
        goods_follow_within: TimeDelta::try_days(follow_days?)?,
        store_credit: store_credit?,
        orders_not_in_sage: orders_not_in_sage?,
        standalone_account: standalone_account?,
        vat_by_rate: vat_by_rate?.unwrap_or_default(),
        bundles: bundles?,
        bundle_split: bundle_split?,
        returngo_app: returngo_app?.map(AppId::new),
        credit_within: TimeDelta::try_hours(credit_within?)?,
        attribute_within: TimeDelta::try_hours(attribute_within?)?,
        stock_proof: stock_proof?,
        stock_within: TimeDelta::try_hours(stock_within?)?,
        exchanges: exchanges?,
        exchange_site: exchange_site?,
        cheaper_exchange: cheaper_exchange?,
        nil_orders: nil_orders?,
        exchange_within: TimeDelta::try_hours(exchange_within?)?,
        nominal: nominal?,
        send_reference: send_reference?,
        inspect_within: TimeDelta::try_hours(inspect?)?,
        settle: TimeDelta::try_seconds(settle?)?,
        accept_existing: accept_existing?,
        caps: caps?,
    })
}

/// Choices that contradict each other, each told at the first of its keys that is written.
pub(super) fn contradictions(reader: &mut Reader<'_>, policy: &Policy) {
    for Contradiction { keys: concerned, reason, fix } in policy.contradictions() {
        let known = concerned.iter().filter_map(|name| keys::by_name(name));
        let written = known.into_iter().find_map(|key| Some((key, reader.find(key)?.1)));
        match written {
            Some((key, line)) => reader.wrong(key, line, format!("can't be: {reason}; {fix}")),
            None => reader.problems.whole(None, format!("{}: {reason}; {fix}", concerned.join(", "))),
        }
    }
}

pub(super) fn warehouse(reader: &mut Reader<'_>, key: &'static keys::Key) -> Option<Option<String>> {
    optional(reader, key, |reader, key| {
        reader.read(key, |text| {
            let fits = !text.trim().is_empty() && text.encode_utf16().count() <= keys::WAREHOUSE_LONGEST;
            if fits { Ok(text.trim().to_owned()) } else { Err("a warehouse's name has 1 to 20 characters") }
        })
    })
}

/// Warehouse and analysis code of sales returns: both or neither.
fn sales_returns(reader: &mut Reader<'_>) -> Option<Option<SalesReturns>> {
    let warehouse = warehouse(reader, keys::WAREHOUSE)?;
    let order_code = optional(reader, keys::ORDER_CODE, |reader, key| reader.whole::<u8>(key))?;
    match (warehouse, order_code) {
        (Some(warehouse), Some(order_code)) => Some(Some(SalesReturns { warehouse, order_code })),
        (None, None) => Some(None),
        (warehouse, _) => {
            let (there, missing) = match warehouse {
                Some(_) => (keys::WAREHOUSE, keys::ORDER_CODE),
                None => (keys::ORDER_CODE, keys::WAREHOUSE),
            };
            let line = reader.find(there).map_or(1, |(_, line)| line);
            reader.wrong(there, line, format!("needs {missing} beside it: {}", missing.what));
            None
        }
    }
}

/// The treatment of store credit, refused where VAT would be cut twice or never.
fn store_credit(reader: &mut Reader<'_>) -> Option<StoreCredit> {
    let treatment =
        absent(reader, keys::STORE_CREDIT, StoreCredit::Hold, |reader, key| reader.choice(key, StoreCredit::ALL))?;
    let as_payment = optional(reader, keys::STORE_CREDIT_CODE_IS, |reader, key| reader.choice(key, &[true, false]))?;
    let why = match (treatment, as_payment) {
        (StoreCredit::Hold, _) | (StoreCredit::CreditNote, Some(true)) | (StoreCredit::AtRedemption, Some(false)) => {
            return Some(treatment);
        }
        (_, None) => format!("needs {}: \"payment\" or \"discount\"", keys::STORE_CREDIT_CODE_IS),
        (StoreCredit::CreditNote, Some(false)) => format!(
            "is \"credit_note\" and {} is \"discount\": the VAT would be cut twice, at the return and with the next order; \
             choose \"at_redemption\"",
            keys::STORE_CREDIT_CODE_IS
        ),
        (StoreCredit::AtRedemption, Some(true)) => format!(
            "is \"at_redemption\" and {} is \"payment\": the VAT would never be cut; choose \"credit_note\"",
            keys::STORE_CREDIT_CODE_IS
        ),
    };
    let line = reader.find(keys::STORE_CREDIT).map_or(1, |(_, line)| line);
    reader.wrong(keys::STORE_CREDIT, line, why);
    None
}

/// One of the shop's accounts.
fn standalone_account(reader: &mut Reader<'_>, customers: Option<&Customers>) -> Option<Option<AccountReference>> {
    let account = optional(reader, keys::STANDALONE_ACCOUNT, |reader, key| reader.read(key, AccountReference::new))?;
    if let (Some(account), Some(Customers::List(customers))) = (&account, customers)
        && !customers.contains(account)
    {
        let line = reader.find(keys::STANDALONE_ACCOUNT).map_or(1, |(_, line)| line);
        let message =
            format!("is {account}, which is not among {}; add it there, or take one of them", keys::CUSTOMERS);
        reader.wrong(keys::STANDALONE_ACCOUNT, line, message);
        return None;
    }
    Some(account)
}

/// `20 = 1`: a rate in percent, and the VAT code that stands for it.
fn rate_and_code(text: &str) -> Result<(Decimal, i16), String> {
    let wrong = || format!("{}; write a rate in percent and a VAT code, such as \"20 = 1\"", shown(text));
    let (rate, code) = text.split_once('=').ok_or_else(wrong)?;
    let rate = Decimal::from_str_exact(rate.trim()).map_err(|_| wrong())?;
    let code = code.trim().parse::<i16>().map_err(|_| wrong())?;
    if rate < Decimal::ZERO || rate > Decimal::ONE_HUNDRED || code < 0 { Err(wrong()) } else { Ok((rate, code)) }
}

/// `GIFT-SET = 1 x MUG @ 18.00; 2 x TEA @ 6.00`: the number behind the `@` is what one piece counts for.
fn bundle(text: &str) -> Result<(String, Vec<Component>), String> {
    let wrong = |what: &str| {
        let form = "\"GIFT-SET = 1 x MUG @ 18.00; 2 x TEA @ 6.00\"";
        format!("{}: {what}; write a bundle and its components, such as {form}", shown(text))
    };
    let (sku, made_of) = text.split_once('=').ok_or_else(|| wrong("there is no ="))?;
    let component = |part: &str| {
        let (pieces, rest) = part.trim().split_once(" x ").ok_or_else(|| wrong("a component has no pieces"))?;
        let quantity = pieces.trim().parse::<u32>().ok().filter(|pieces| *pieces > 0);
        let quantity = quantity.ok_or_else(|| wrong("the pieces of a component are no whole number above 0"))?;
        let (sku, weight) = match rest.rsplit_once('@') {
            None => (rest, None),
            Some((sku, price)) => {
                let price =
                    Decimal::from_str_exact(price.trim()).map_err(|_| wrong("what a piece counts for is no number"))?;
                let weight = price.checked_mul(quantity.into()).filter(|weight| *weight >= Decimal::ZERO);
                (sku, Some(JsonDecimal(weight.ok_or_else(|| wrong("what a piece counts for is out of bounds"))?)))
            }
        };
        Ok(Component { sku: sku.trim().to_owned(), quantity, weight })
    };
    let sku = sku.trim();
    if sku.is_empty() {
        return Err(wrong("the bundle has no SKU"));
    }
    let components = made_of.split(';').map(component).collect::<Result<Vec<_>, String>>()?;
    let weighed = components.iter().filter(|component| component.weight.is_some()).count();
    if weighed != 0 && weighed != components.len() {
        return Err(wrong("what a piece counts for stands behind all components, or behind none"));
    }
    Ok((sku.to_owned(), components))
}

fn bundles(reader: &mut Reader<'_>) -> Option<RecipeTable> {
    let listed = optional(reader, keys::BUNDLES, |reader, key| {
        reader.list(key, "a list such as bundle = components", |value| Some(bundle(value.as_str()?)))
    })?;
    let listed = listed.unwrap_or_default();
    let mut seen = BTreeSet::new();
    let twice = listed.iter().find(|(sku, _)| !seen.insert(sku.to_ascii_uppercase()));
    let fault = match twice {
        Some((sku, _)) => format!("{sku} is listed twice"),
        None => match RecipeTable::new(listed) {
            Ok(table) => return Some(table),
            Err(fault) => fault.to_string(),
        },
    };
    let line = reader.find(keys::BUNDLES).map_or(0, |(_, line)| line);
    reader.wrong(keys::BUNDLES, line, fault);
    None
}

fn nominal(reader: &mut Reader<'_>) -> Option<Option<NominalAccount>> {
    let account = optional(reader, keys::NOMINAL_ACCOUNT, |reader, key| reader.read(key, str::parse))?;
    let cost_centre = optional(reader, keys::COST_CENTRE, |reader, key| reader.read(key, str::parse))?;
    let department = optional(reader, keys::DEPARTMENT, |reader, key| reader.read(key, str::parse))?;
    if let Some(account) = account {
        return Some(Some(NominalAccount { account, cost_centre, department }));
    }
    for key in [keys::COST_CENTRE, keys::DEPARTMENT] {
        if let Some((_, line)) = reader.find(key) {
            let message = format!("needs {}; add it, or remove this line", keys::NOMINAL_ACCOUNT);
            reader.wrong(key, line, message);
            return None;
        }
    }
    Some(None)
}

fn caps(reader: &mut Reader<'_>, currency: Option<Currency>) -> Option<Caps> {
    let documents_per_run = reader.whole(keys::DOCUMENTS_PER_RUN);
    let value_per_run = money(reader, keys::VALUE_PER_RUN, currency);
    let value_per_document = money(reader, keys::VALUE_PER_DOCUMENT, currency);
    let caps = Caps {
        documents_per_run: documents_per_run?,
        value_per_run: value_per_run?,
        value_per_document: value_per_document?,
    };
    if caps.value_per_document.amount() > caps.value_per_run.amount() {
        let line = reader.find(keys::VALUE_PER_DOCUMENT).map_or(1, |(_, line)| line);
        let message = format!(
            "is {}, more than {} allows for the whole run ({}); lower it, or raise the other",
            caps.value_per_document,
            keys::VALUE_PER_RUN,
            caps.value_per_run
        );
        reader.wrong(keys::VALUE_PER_DOCUMENT, line, message);
    }
    Some(caps)
}

/// An amount in quotes, in the policy's currency. Without a currency only its form is checked.
fn money(reader: &mut Reader<'_>, key: &keys::Key, currency: Option<Currency>) -> Option<Money> {
    let found = reader.need(key)?;
    if !matches!(found.0, DeValue::String(_)) {
        reader.wrong_kind(key, found, "the amount in quotes, so that it stays exact");
        return None;
    }
    let amount = reader.read(key, |text| {
        let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !text.starts_with('.');
        let amount = Decimal::from_str_exact(text).ok().filter(|_| plain);
        let amount = amount.ok_or("write digits and a decimal point only, such as \"5000.00\"")?;
        if amount.is_zero() { Err("it must be more than nothing; to post nothing, only plan") } else { Ok(amount) }
    })?;
    let (_, line) = found;
    Money::new(amount, currency?).map_err(|error| reader.wrong(key, line, format!("is no amount: {error}"))).ok()
}

fn go_live(reader: &mut Reader<'_>) -> Option<DateTime<Utc>> {
    let found = reader.need(keys::GO_LIVE)?;
    let DeValue::Datetime(written) = found.0 else {
        reader.wrong_kind(keys::GO_LIVE, found, "a date without quotes");
        return None;
    };
    instant(written)
        .map_err(|error| reader.wrong(keys::GO_LIVE, found.1, format!("is {}: {error}", shown(&written.to_string()))))
        .ok()
}

/// A date is midnight in London, a time without an offset is London's.
fn instant(written: &Datetime) -> Result<DateTime<Utc>, &'static str> {
    let date = written.date.ok_or("it has no date; write one, such as 2026-12-01")?;
    let day = NaiveDate::from_ymd_opt(i32::from(date.year), u32::from(date.month), u32::from(date.day))
        .ok_or("there is no such day")?;
    if i32::from(date.year) < FIRST_YEAR {
        return Err("that year is a typing error: every return since then would be credited; check the year");
    }
    let time = match written.time {
        None => NaiveTime::MIN,
        Some(time) => NaiveTime::from_hms_nano_opt(
            u32::from(time.hour),
            u32::from(time.minute),
            u32::from(time.second),
            time.nanosecond,
        )
        .ok_or("there is no such time of day")?,
    };
    let local: NaiveDateTime = day.and_time(time);
    let offset = match written.offset {
        Some(Offset::Z) => Some(0),
        Some(Offset::Custom { minutes }) => Some(minutes),
        None => None,
    };
    match offset {
        Some(minutes) => {
            let utc = local.checked_sub_signed(TimeDelta::minutes(i64::from(minutes)));
            Ok(utc.ok_or("there is no such time")?.and_utc())
        }
        None => match London.from_local_datetime(&local) {
            LocalResult::Single(time) => Ok(time.with_timezone(&Utc)),
            LocalResult::Ambiguous(..) => {
                Err("that hour happens twice in London, when summer time ends; add an offset, such as +01:00")
            }
            LocalResult::None => {
                Err("that hour is left out in London, when summer time begins; take another, or add an offset")
            }
        },
    }
}
