use super::{
    Shopify,
    follow::Cursors,
    orders::Search,
    search::{Filter, all_of},
    send::Operation,
};
use crate::{List, Money, OrderTransactionId, PayoutId, documents};
use chrono::{DateTime, SubsecRound, Utc};
use returns_wire::{Delivery, Error, ErrorKind};
use serde::Deserialize;
use std::collections::BTreeMap;

const PAYOUTS: Operation = Operation {
    op: "shopify.payouts.refunds",
    document: documents::REFUND_PAYOUTS,
    scope: "read_shopify_payments_payouts",
    tolerated: &[],
};

/// A refund in the balance of Shopify Payments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutRow {
    /// What it did to the balance; negative for money to the customer. In the payout's currency, which may be neither the
    /// order's nor the customer's.
    pub amount: Money,
    /// What Shopify took for it.
    pub fee: Money,
    /// Both together.
    pub net: Money,
    /// The payout it went into; none while there is none.
    pub payout: Option<PayoutId>,
    /// How far that payout is, such as `PAID` or `PENDING`.
    pub payout_status: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    #[serde(default)]
    shopify_payments_account: Option<Account>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Account {
    balance_transactions: List<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: String,
    #[serde(default, rename = "type")]
    kind: String,
    transaction_date: DateTime<Utc>,
    #[serde(default)]
    source_order_transaction_id: Option<OrderTransactionId>,
    #[serde(deserialize_with = "crate::model::one")]
    amount: Money,
    #[serde(deserialize_with = "crate::model::one")]
    fee: Money,
    #[serde(deserialize_with = "crate::model::one")]
    net: Money,
    #[serde(default)]
    associated_payout: Option<Payout>,
}

#[derive(Deserialize)]
struct Payout {
    #[serde(default)]
    id: Option<PayoutId>,
    #[serde(default)]
    status: Option<String>,
}

impl Shopify {
    /// The refunds in the balance of Shopify Payments since then, by the order transaction that paid each. Empty for a shop
    /// without Shopify Payments; refunds through other gateways are never in it.
    /// A refund that the bank sent back later keeps its row.
    ///
    /// # Errors
    /// Those of a read; [`ErrorKind::Forbidden`] without the scope `read_shopify_payments_payouts`; [`ErrorKind::Config`]
    /// when rows come back that were not asked for; [`ErrorKind::Decode`] when two rows are about one transaction.
    pub async fn refund_payouts(&self, since: DateTime<Utc>) -> Result<BTreeMap<OrderTransactionId, PayoutRow>, Error> {
        let from = since.trunc_subsecs(0);
        let query = all_of(&[Filter::TransactionType.is("refund"), Filter::ProcessedAt.since(from)]);
        let fault = |kind, message| Error::new(PAYOUTS.op, kind, Delivery::Applied, message);
        let (mut rows, mut cursors, mut after) = (BTreeMap::new(), Cursors::default(), None);
        loop {
            let search = Search { query: &query, after: after.as_deref() };
            let data: Data = self.0.read(&PAYOUTS, &search).await?;
            let Some(account) = data.shopify_payments_account else {
                if after.is_none() {
                    return Ok(BTreeMap::new());
                }
                return Err(fault(
                    ErrorKind::Decode,
                    "the account was there and is gone while its rows were read".into(),
                )
                .help("nothing may be concluded from a part of a list; read it again"));
            };
            for row in account.balance_transactions.items {
                // REFUND_FAILURE and its like may be meant by the filter as well; they are no refunds.
                let filter = if !row.kind.starts_with("REFUND") {
                    Some(Filter::TransactionType)
                } else if row.transaction_date < from {
                    Some(Filter::ProcessedAt)
                } else {
                    None
                };
                if let Some(filter) = filter {
                    let message = format!(
                        "the filter {} did not work: a {} of {} came back",
                        filter.as_str(),
                        row.kind,
                        row.transaction_date
                    );
                    return Err(fault(ErrorKind::Config, message).help(
                        "Shopify drops a filter that it does not understand; nothing was concluded from the rows",
                    ));
                }
                let Some(transaction) = row.source_order_transaction_id.filter(|_| row.kind == "REFUND") else {
                    continue;
                };
                let (payout, payout_status) =
                    row.associated_payout.map_or((None, None), |payout| (payout.id, payout.status));
                let entry = PayoutRow { amount: row.amount, fee: row.fee, net: row.net, payout, payout_status };
                match rows.insert(transaction, (row.id.clone(), entry)) {
                    Some((other, _)) if other != row.id => {
                        let message = format!("two rows of the balance are about order transaction {transaction}");
                        return Err(fault(ErrorKind::Decode, message)
                            .help(format!("look at both in Shopify's admin: {other} and {}", row.id)));
                    }
                    _ => {}
                }
            }
            let Some(cursor) = account.balance_transactions.next else { break };
            cursors.check(PAYOUTS.op, &cursor)?;
            after = Some(cursor);
        }
        Ok(rows.into_iter().map(|(transaction, (_, row))| (transaction, row)).collect())
    }
}
