//! Bundles to the penny: worked cases that a bookkeeper can read, and what must hold for any line.

use proptest::prelude::*;
use returns_wire::{Currency, Money};
use rust_decimal::Decimal;
use shopify_returns::{BundleComponent, BundleError, BundleLine, Share, Taken, apportion};
use std::collections::BTreeSet;

const CASES: &str = include_str!("bundle_cases.md");

fn d(text: &str) -> Decimal {
    text.trim().parse().unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

/// `MUG 1 for 18.00 at 20%`
fn component(text: &str) -> BundleComponent {
    let words: Vec<_> = text.split_whitespace().collect();
    let [sku, quantity, "for", weight, "at", rate] = words[..] else { panic!("{text:?}") };
    BundleComponent::new(sku, quantity.parse().unwrap(), d(weight), d(rate.trim_end_matches('%')))
}

/// `bundle 2` or `TEA 1 of bundle 2`: what is credited, by stock code.
fn credited(line: &BundleLine, back: &str) -> Vec<(String, Share)> {
    let words: Vec<_> = back.split_whitespace().collect();
    let index = |text: &str| text.parse::<u32>().unwrap() - 1;
    match words[..] {
        ["bundle", n] => {
            let skus = line.components.iter().map(|component| component.sku.clone());
            skus.zip(line.bundle(index(n)).unwrap()).collect()
        }
        [sku, piece, "of", "bundle", n] => {
            let place = line.components.iter().position(|component| component.sku == sku).unwrap();
            vec![(sku.to_owned(), line.piece(index(n), place, index(piece)).unwrap())]
        }
        _ => panic!("{back:?}"),
    }
}

#[test]
fn every_worked_case_comes_out_as_the_table_says() {
    let rows: Vec<Vec<&str>> = CASES
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| |"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert!(rows.len() >= 30, "{}", rows.len());
    for row in rows {
        let [number, what, currency, bundles, net, tax, made_of, back, values, _] = row[..] else { panic!("{row:?}") };
        let currency: Currency = currency.parse().unwrap();
        let money = |text: &str| Money::new(d(text), currency).unwrap();
        let parts = made_of.split(';').map(component).collect();
        let line = BundleLine::new(bundles.parse().unwrap(), money(net), money(tax), parts).unwrap();
        let wanted = values.split(';').map(|value| {
            let words: Vec<_> = value.split_whitespace().collect();
            let [sku, net, "+", tax] = words[..] else { panic!("{value:?}") };
            (sku.to_owned(), Share { net: money(net), tax: money(tax) })
        });
        assert_eq!(credited(&line, back), wanted.collect::<Vec<_>>(), "case {number}: {what}");
    }
}

#[test]
fn tax_that_the_rates_do_not_explain_is_not_shared_out() {
    let pounds = |text: &str| Money::new(d(text), Currency::GBP).unwrap();
    let mixed = || vec![component("TOY 1 for 18.00 at 20%"), component("BOOK 1 for 12.00 at 0%")];
    // All of it taxed by the shop, although the book is not.
    let error = BundleLine::new(1, pounds("25.00"), pounds("5.00"), mixed()).unwrap_err();
    assert_eq!(error.to_string(), "the components' rates give a tax of 3.00 on 30.00 GBP, the line carries 5.00 GBP");
    let untaxed = vec![component("TOY 1 for 0 at 20%"), component("BOOK 1 for 12.00 at 0%")];
    assert!(matches!(
        BundleLine::new(1, pounds("10.00"), pounds("2.00"), untaxed),
        Err(BundleError::TaxDiffers { .. })
    ));
    // A penny for each rate is rounding.
    BundleLine::new(1, pounds("27.02"), pounds("2.98"), mixed()).unwrap();
    assert!(BundleLine::new(1, pounds("27.03"), pounds("2.97"), mixed()).is_err());
}

#[test]
fn what_makes_no_sense_is_refused() {
    let pounds = |text: &str| Money::new(d(text), Currency::GBP).unwrap();
    let one = || vec![component("MUG 1 for 18.00 at 20%")];
    assert_eq!(BundleLine::new(0, pounds("1"), pounds("0"), one()), Err(BundleError::Nothing));
    assert_eq!(BundleLine::new(1, pounds("1"), pounds("0"), vec![]), Err(BundleError::Nothing));
    assert!(matches!(BundleLine::new(1, pounds("-1"), pounds("0"), one()), Err(BundleError::Negative { .. })));
    let euros = Money::new(d("1"), Currency::EUR).unwrap();
    assert!(matches!(BundleLine::new(1, pounds("1"), euros, one()), Err(BundleError::Money(_))));
    assert!(matches!(apportion(pounds("1"), &[d("-1")]), Err(BundleError::Weight { .. })));
    assert!(matches!(apportion(pounds("1"), &[d("1000000000001")]), Err(BundleError::Weight { .. })));
    let line = BundleLine::new(1, pounds("1"), pounds("0"), one()).unwrap();
    assert_eq!(line.bundle(1), Err(BundleError::NoSuchPiece));
    assert_eq!(line.piece(0, 0, 1), Err(BundleError::NoSuchPiece));
    assert_eq!(line.piece(0, 1, 0), Err(BundleError::NoSuchPiece));
}

fn currency() -> impl Strategy<Value = Currency> {
    prop_oneof![Just("GBP"), Just("JPY"), Just("KWD")].prop_map(|code| code.parse().unwrap())
}

fn coins(coins: i64, currency: Currency) -> Money {
    Money::new(Decimal::from(coins) * currency.smallest(), currency).unwrap()
}

/// A line at one rate, its tax whatever the shop says.
fn lines() -> impl Strategy<Value = BundleLine> {
    let parts = prop::collection::vec((1u32..4, 0i64..5_000), 1..5);
    (currency(), 1u32..5, 0i64..200_000, 0i64..100, parts).prop_map(|(currency, bundles, gross, percent, parts)| {
        let tax = gross * percent / 100;
        let component = |(place, (quantity, weight)): (usize, (u32, i64))| {
            BundleComponent::new(&format!("C{place}"), quantity, Decimal::new(weight, 2), d("20"))
        };
        let parts = parts.into_iter().enumerate().map(component).collect();
        BundleLine::new(bundles, coins(gross - tax, currency), coins(tax, currency), parts).unwrap()
    })
}

/// A line at several rates, its tax what the rates give.
fn mixed_lines() -> impl Strategy<Value = BundleLine> {
    let parts = prop::collection::vec((1u32..4, 100i64..5_000, 0usize..3), 1..6);
    (1u32..5, 100i64..200_000, parts).prop_filter_map("tax", |(bundles, gross, parts)| {
        let rates = [d("0"), d("5"), d("20")];
        let weights: Vec<_> = parts.iter().map(|(_, weight, _)| Decimal::new(*weight, 2)).collect();
        let prices = apportion(coins(gross, Currency::GBP), &weights).ok()?;
        let of = |(price, (_, _, rate)): (&Money, &(u32, i64, usize))| {
            price.amount() * rates[*rate] / (Decimal::ONE_HUNDRED + rates[*rate])
        };
        let tax: Decimal = prices.iter().zip(&parts).map(of).sum();
        let tax = Money::new(tax.round_dp(2), Currency::GBP).ok()?;
        let net = coins(gross, Currency::GBP).checked_sub(tax).ok()?;
        let component = |(place, (quantity, weight, rate)): (usize, (u32, i64, usize))| {
            BundleComponent::new(&format!("C{place}"), quantity, Decimal::new(weight, 2), rates[rate])
        };
        BundleLine::new(bundles, net, tax, parts.into_iter().enumerate().map(component).collect()).ok()
    })
}

fn sum(shares: impl IntoIterator<Item = Share>, currency: Currency) -> (Decimal, Decimal) {
    shares.into_iter().fold((Decimal::ZERO, Decimal::ZERO), |(net, tax), share| {
        assert!(share.net.amount() >= Decimal::ZERO && share.tax.amount() >= Decimal::ZERO, "{share:?}");
        assert_eq!(share.net.currency(), currency);
        (net + share.net.amount(), tax + share.tax.amount())
    })
}

/// All pieces of a line, by themselves.
fn pieces(line: &BundleLine) -> Vec<Share> {
    let mut all = Vec::new();
    for bundle in 0..line.bundles {
        for (place, component) in line.components.iter().enumerate() {
            all.extend((0..component.quantity).map(|piece| line.piece(bundle, place, piece).unwrap()));
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn parts_add_up_none_is_negative_and_ties_go_to_the_first(
        currency in currency(),
        amount in 0i64..10_000_000,
        weights in prop::collection::vec(0u32..50, 1..9),
    ) {
        let weights: Vec<_> = weights.into_iter().map(Decimal::from).collect();
        let parts = apportion(coins(amount, currency), &weights).unwrap();
        let total: Decimal = parts.iter().map(Money::amount).sum();
        prop_assert_eq!(total, coins(amount, currency).amount());
        let whole: Decimal = weights.iter().sum();
        for (place, part) in parts.iter().enumerate() {
            prop_assert!(part.amount() >= Decimal::ZERO);
            if whole > Decimal::ZERO {
                // Never a coin or more beside the exact share.
                let off = (part.amount() * whole - total * weights[place]).abs();
                prop_assert!(off < currency.smallest() * whole, "{:?}", parts);
            }
            for (other, earlier) in parts.iter().enumerate().take(place) {
                prop_assert!(weights[other] != weights[place] || earlier.amount() >= part.amount(), "{:?}", parts);
            }
        }
        // The same again is the same.
        prop_assert_eq!(apportion(coins(amount, currency), &weights).unwrap(), parts);
    }

    #[test]
    fn bundles_and_pieces_add_up_to_the_line(line in lines()) {
        let currency = line.net.currency();
        let wanted = (line.net.amount(), line.tax.amount());
        let bundles = (0..line.bundles).flat_map(|number| line.bundle(number).unwrap());
        prop_assert_eq!(sum(bundles, currency), wanted);
        prop_assert_eq!(sum(pieces(&line), currency), wanted);
    }

    #[test]
    fn lines_of_several_rates_add_up_too(line in mixed_lines()) {
        let wanted = (line.net.amount(), line.tax.amount());
        let mut all = Vec::new();
        for number in 0..line.bundles {
            match line.bundle(number) {
                Ok(shares) => all.extend(shares),
                // A bundle worth a few pennies may carry more tax than its rates explain: it is refused, not bent.
                Err(error) => {
                    prop_assert!(matches!(error, BundleError::TaxDiffers { .. }), "{error}");
                    return Ok(());
                }
            }
        }
        prop_assert_eq!(sum(all, Currency::GBP), wanted);
        // Nothing is taxed that has no rate.
        for shares in (0..line.bundles).map(|number| line.bundle(number).unwrap()) {
            for (share, component) in shares.iter().zip(&line.components) {
                prop_assert!(!component.rate.get().is_zero() || share.tax.is_zero());
            }
        }
    }

    #[test]
    fn any_order_of_partial_returns_ends_at_the_line(line in lines(), order in prop::collection::vec(any::<u32>(), 1..80)) {
        let (mut taken, mut shares) = (Taken::new(), Vec::new());
        let mut left: Vec<u32> = line.components.iter().map(|component| component.quantity * line.bundles).collect();
        let mut turns = order.iter().cycle();
        while left.iter().any(|left| *left > 0) {
            let turn = *turns.next().unwrap();
            let kinds = u32::try_from(line.components.len()).unwrap() + 1;
            let kind = usize::try_from(turn % kinds).unwrap();
            if kind == line.components.len() {
                // A whole bundle comes back: possible exactly while there are pieces enough of everything.
                let enough = left.iter().zip(&line.components).all(|(left, of)| *left >= of.quantity);
                let next = taken.whole(&line);
                prop_assert_eq!(next.is_some(), enough, "{:?} {:?}", line, taken);
                let Some(bundle) = next else { continue };
                shares.extend(line.bundle(bundle).unwrap());
                for (place, component) in line.components.iter().enumerate() {
                    left[place] -= component.quantity;
                    (0..component.quantity).for_each(|piece| assert!(taken.take(bundle, place, piece)));
                }
            } else if let Some((bundle, piece)) = taken.piece(&line, kind) {
                shares.push(line.piece(bundle, kind, piece).unwrap());
                prop_assert!(taken.take(bundle, kind, piece));
                left[kind] -= 1;
            } else {
                prop_assert_eq!(left[kind], 0);
                // Nothing of this kind is left: the others, so that it comes to an end.
                for (place, _) in line.components.iter().enumerate() {
                    while let Some((bundle, piece)) = taken.piece(&line, place) {
                        shares.push(line.piece(bundle, place, piece).unwrap());
                        taken.take(bundle, place, piece);
                        left[place] -= 1;
                    }
                }
            }
        }
        prop_assert_eq!(sum(shares, line.net.currency()), (line.net.amount(), line.tax.amount()));
        let every: BTreeSet<_> = (0..line.components.len()).map(|place| taken.piece(&line, place)).collect();
        prop_assert_eq!(every, BTreeSet::from([None]));
    }
}
