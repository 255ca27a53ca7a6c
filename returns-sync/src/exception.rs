//! Situations a person must see: a stable code, an owner, the money at risk and the next step, in plain words.

use chrono::{DateTime, Utc};
use returngo_client::{ReturnedItemId, RmaId};
use returns_wire::Money;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who has to act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Owner {
    /// Those who close the month.
    Finance,
    /// Those who receive and inspect the goods.
    Warehouse,
    /// Those who talk to the customer and work in ReturnGO.
    CustomerService,
    /// Those who run this program.
    It,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Finance => "finance",
            Self::Warehouse => "warehouse",
            Self::CustomerService => "customer service",
            Self::It => "IT",
        })
    }
}

macro_rules! codes {
    ($($variant:ident $text:literal $owner:ident $title:literal $next:literal;)*) => {
        /// What kind of situation it is. The texts are stable: other programs may match on them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $title] #[serde(rename = $text)] $variant,)*
        }

        impl Code {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable text.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Who has to act.
            pub const fn owner(self) -> Owner {
                match self { $(Self::$variant => Owner::$owner,)* }
            }

            /// What it is, in a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// What to do about it. An exception closes itself in the run that finds its cause gone, or when a person settles
            /// the RMA.
            pub const fn next_step(self) -> &'static str {
                match self { $(Self::$variant => $next,)* }
            }
        }
    };
}

codes! {
    OrderNotFound "order-not-found" Finance "The original order is not in Sage"
        "Find the order in Sage; it may be archived or never imported. Or credit by hand with the RMA number in the second reference, or settle the RMA.";
    OrderAmbiguous "order-ambiguous" Finance "Several Sage orders carry this order number"
        "Correct the customer order number of the wrong ones. Or credit by hand with the RMA number in the second reference, or settle the RMA.";
    OrderNotSupported "order-not-supported" Finance "The Sage order has a feature this version does not credit"
        "Credit by hand with the RMA number in the second reference, or settle the RMA.";
    ShopOrderNotFound "shop-order-not-found" CustomerService "The order is not in Shopify, or not the one ReturnGO names"
        "Compare number and name of the order in ReturnGO and Shopify. Orders older than 60 days are hidden from an app without the scope read_all_orders: ask IT. Or credit by hand with the RMA number in the second reference, or settle the RMA.";
    ShopLineDiffers "shop-line-differs" CustomerService "The unit is not on the Shopify order line that ReturnGO names"
        "Compare line, SKU and count in ReturnGO and Shopify. Nothing is posted while they disagree: put it right in ReturnGO, credit by hand, or settle the RMA.";
    BundleUnknown "bundle-unknown" It "Nothing says what a bundle is made of, or what its components count for"
        "Write the bundle into `policy.bundles`, each component with its SKU, pieces and selling price, or let the app read products in Shopify (scope read_products). Until then finance credits by hand with the RMA number in the second reference, or the RMA is settled.";
    CurrencyDiffers "currency-differs" Finance "The customer paid in another currency than the company keeps"
        "Credit by hand in the customer's currency, with the RMA number in the second reference, then settle the RMA.";
    CreditExceedsPaid "credit-exceeds-paid" Finance "The credit would take the order above what was paid for it"
        "The facts list what is credited for this order already, by whatever hand. If one of those is wrong, reverse it in Sage; else settle the RMA.";
    VatRounding "vat-rounding" Finance "The VAT paid is more than a penny from what its rate gives"
        "Credit by hand with the VAT that finance holds right and the RMA number in the second reference, or settle the RMA.";
    CreditOverdue "credit-overdue" Finance "Units are received, and no credit note for them has reached Sage in time"
        "The customer waits for money. The other exceptions of this RMA say what holds it; if there is none, ask IT. It closes when the credit note is read in the ledger.";
    OrderNotInvoiced "order-not-invoiced" Finance "The Sage order line is not invoiced for that many units"
        "Invoice the order in Sage first; a credit for something never invoiced would be wrong.";
    CustomerUnmapped "customer-unmapped" Finance "The order's customer account is not one this shop may credit"
        "If the account is right, have `policy.customers` in returns.toml say so; if not, the order number matched a wrong order.";
    CustomerUnusable "customer-unusable" Finance "The customer account in Sage is missing, hidden or in another currency"
        "Correct the account in Sage.";
    TaxCodeUnmapped "tax-code-unmapped" Finance "The order line's VAT code is unknown or not agreed"
        "Restore the VAT code in Sage, or add its number to `policy.tax_codes` in returns.toml once finance agrees.";
    TaxRateWrong "tax-rate-wrong" Finance "The VAT on the order does not follow the rate of its VAT code today"
        "The rate was changed or the code reused since the sale. Credit by hand at the rate of the sale, with the RMA number in the second reference.";
    TextTooLong "text-too-long" It "A number does not fit its Sage field"
        "References are never cut, because a cut reference can't be found again. If it is the order number in `reference`, `policy.send_reference = false` leaves it out; else credit by hand with the RMA number in the second reference, or settle the RMA.";
    SkuUnknown "sku-unknown" Warehouse "The SKU is not on the order or not a product in Sage"
        "Correct the SKU in ReturnGO or create the product in Sage.";
    SkuInactive "sku-inactive" Warehouse "The product is inactive in Sage"
        "Reactivate the product in Sage, or book the goods under the code that replaced it and ask finance to credit by hand.";
    QuantityExceeded "quantity-exceeded" Finance "More units are returned than the order line holds"
        "Compare all RMAs of this order; one of them counts a unit twice or belongs to another order.";
    ValueDiffers "value-differs" Finance "ReturnGO and the Sage order disagree on what was paid"
        "Find out which is right. Nothing is posted while they disagree by more than a penny a unit: credit by hand with the RMA number in the second reference, or settle the RMA.";
    ValueUnreadable "value-unreadable" It "A unit carries no usable price"
        "Look at the item in ReturnGO. If it stays so, finance credits by hand with the RMA number in the second reference, or the RMA is settled.";
    PeriodClosed "period-closed" Finance "Sage does not accept today's date"
        "Open the period in Sage; the credit note is posted by the next run.";
    ResolutionNotSupported "resolution-not-supported" CustomerService "The resolution is not handled by this version"
        "The facts say which. Gift cards are never posted; exchanges, kept goods and store credit only once `policy.exchanges`, `policy.kept_goods` and `policy.store_credit` say how. Handle this unit by hand, then settle the RMA.";
    FeesNotSupported "fees-not-supported" Finance "A fee is charged on this return"
        "Credit by hand, less the fee as finance treats it, then settle the RMA.";
    FeeMayBeUnlawful "fee-may-be-unlawful" CustomerService "A restocking fee is kept from a customer who may cancel for free"
        "Take the fee off the RMA in ReturnGO. If the customer is no consumer, credit by hand and settle the RMA, or set policy.cancellation_days.";
    ReceiptNotInspected "receipt-not-inspected" Warehouse "The parcel is there, but units were not inspected in time"
        "Inspect the units in ReturnGO: returned or not, restockable or not. Nothing is credited before.";
    CancelledAfterReceipt "cancelled-after-receipt" CustomerService "The RMA is cancelled or rejected, but units were received"
        "Reopen the RMA in ReturnGO, or send the goods back.";
    RmaStatusUnknown "rma-status-unknown" It "ReturnGO shows a status this version does not know"
        "Nothing is posted for it. Update this program, or handle the RMA by hand.";
    RmaUnreadable "rma-unreadable" It "ReturnGO's answer for this RMA can't be used"
        "Nothing is posted for it. Look at the RMA in ReturnGO; send the message to ReturnGO's support.";
    ReadFailed "read-failed" It "This RMA could not be looked at in this run"
        "Usually gone in the next run. If it stays, the message names the system and the cause.";
    CreditedByHandDiffers "credited-by-hand-differs" Finance "Credit notes of others carry this RMA, and are not worth what is open on it"
        "Compare them with the units named. Correct them in Sage, credit the rest by hand, or settle the RMA. Nothing is posted beside them and nothing more is released.";
    ReturnOpenInSage "return-open-in-sage" Finance "A sales return in Sage carries this RMA"
        "Complete it in Sage, with its credit note, or cancel it. Nothing is posted beside it.";
    CreditNoteDiffers "credit-note-differs" Finance "A credit note of ours does not stand in Sage as it was sent"
        "Somebody changed or reversed it, or Sage computed otherwise. Correct it in Sage, or settle the RMA; no refund is released meanwhile.";
    CreditNoteDoubled "credit-note-doubled" Finance "Credit notes in Sage carry the same reference of ours"
        "Look at both before you reverse one: if one was typed by hand under our reference for other goods, give it another second reference instead.";
    CreditNoteNotVisible "credit-note-not-visible" Finance "Sage accepted a credit note that is not in the sales ledger"
        "Look in Sage's pending transactions. Nothing is sent again; no refund is released meanwhile.";
    CreditTooLarge "credit-too-large" Finance "The credit note is above the value allowed for one document"
        "Check it, then raise `caps.value_per_document` in returns.toml for one run.";
    ReturnNotBuilt "return-not-built" It "A sales return could not be built, and nothing was sent"
        "The facts say which rule of the site refuses it. Change the site's settings or permissions, or [sales_return] in returns.toml.";
    ReturnGone "return-gone" Finance "A sales return of ours is not in Sage any more"
        "Somebody deleted, cancelled or archived it. Enter it again in Sage with the same customer document number and the same lines, or finish by hand and settle the RMA.";
    ReturnChanged "return-changed" Finance "A sales return of ours was changed in Sage"
        "Put its lines back as they were prepared, or finish by hand and settle the RMA. While they differ, nothing that is credited from it is taken for this RMA.";
    ReturnChangeRefused "return-change-refused" Finance "Sage refused to take units off a sales return"
        "Take them off in Sage, or cancel the return there. Sage's own words are in the facts; it is tried again a day later.";
    SettledButOpen "settled-but-open" Finance "A sales return in Sage still holds goods of units that a person has settled"
        "If they are credited in another way, cancel the return in Sage, or the next batch credits them again. If they are not, complete it there.";
    SettledButCredited "settled-but-credited" Finance "Units that a person has settled were credited from their sales return afterwards"
        "If they were credited in another way as well, reverse one of the two in Sage. If this is their only credit note, adopt it (`credit-note:` and its URN) with a name and a reason.";
    ReturnDoubled "return-doubled" Finance "Sales returns in Sage carry the same customer document number of ours"
        "Cancel the one that nobody works on, before goods are received or credited on both.";
    ReturnStuck "return-stuck" Finance "The credit note of a sales return is overdue"
        "The goods are received. Print and post the credit note of the sales return in Sage.";
    ReturnToStockFailed "return-to-stock-failed" Warehouse "Returned goods are not back in Sage's stock"
        "Book the goods in Sage under the reference in the facts, or move them where they belong under the same; on a sales return, confirm them received. If they are not there, correct the inspection in ReturnGO; if they are booked otherwise, answer for them with a name and a reason.";
    QuantityMismatch "quantity-mismatch" Warehouse "Sage and ReturnGO disagree on how many units came back"
        "Count them. Correct the inspection in ReturnGO, or what is received or booked in Sage.";
    WrongItem "wrong-item" Warehouse "Goods were received or booked in Sage that are not on the RMA"
        "Ask customer service what was sent back. Correct the RMA in ReturnGO, or the sales return or booking in Sage.";
    CreditWithoutReceipt "credit-without-receipt" Finance "A credit note stands for units that nobody has proved to be received"
        "Do not refund it. Have the units inspected; if they are not there, reverse the credit note in Sage and settle the RMA.";
    SageRefused "sage-refused" Finance "Sage refused a document"
        "Sage's own words are in the facts. It is tried again a day after the refusal; by the next run if the account was only in use.";
    RefundWithoutReceipt "refund-without-receipt" Finance "Money was, or is about to be, refunded for units nobody has proved to be received"
        "While it is only Requested, stop it in ReturnGO. Ask customer service why, and the warehouse whether the goods are there. It closes when the receipt is proved.";
    RefundBeforeCredit "refund-before-credit" Finance "Money was, or is about to be, refunded before the credit note stood in Sage"
        "While it is only Requested, stop it in ReturnGO. Staff must refund only what the work list releases. It closes in the run after the credit note is read back.";
    RefundDiffers "refund-differs" Finance "The refunds are not worth what their units were credited with"
        "Too much: ask customer service why, and whether it was paid twice. Too little: pay the rest, or reverse the difference in Sage. Then settle the RMA.";
    RefundOutsideReturnGo "refund-outside-returngo" Finance "A refund was made in Shopify past ReturnGO"
        "No credit note stands against it. Credit it by hand in Sage on the order's account, the order number in the first reference, `REF` and the number of the refund in the second; or adopt it with a name and a reason if no credit is due. It closes when the ledger shows the credit. If a return is expected for these goods, settle it, or they are credited twice.";
    RefundUnattributed "refund-unattributed" Finance "Nobody can be named for a refund in Shopify"
        "Ask customer service who made it. Then credit it by hand in Sage on the order's account, the order number in the first reference, `REF` and the number of the refund in the second; or adopt it with a name and a reason.";
    DoublePayment "double-payment" Finance "A customer is paid twice, or is about to be"
        "Do not refund the RMA. Ask customer service what the refund in Shopify was for. If it paid this return, adopt it as that: the RMA is settled. If it paid something else, adopt it as that: the RMA is then paid as well. If both were paid, get one back and settle the RMA.";
    RefundFailed "refund-failed" CustomerService "A refund in Shopify failed: the customer has not got the money"
        "Pay it another way and tell the customer. Once it is paid, settle the RMA; where there is none, adopt the refund with a name and a reason.";
    CancelledInShopify "cancelled-in-shopify" Finance "An order was cancelled in Shopify"
        "Cancel what is open of it in Sage; if it is invoiced there, credit it by hand, the order number in the first reference, `REF` and the number of the refund in the second. Then adopt the refund with a name and a reason.";
    EditedInShopify "edited-in-shopify" Finance "Goods were taken off an order in Shopify"
        "Change the order in Sage alike; if it is invoiced there, credit it by hand, the order number in the first reference, `REF` and the number of the refund in the second. Then adopt the refund with a name and a reason.";
    RestockedInShopify "restocked-in-shopify" Warehouse "Goods were put back into stock in Shopify, past ReturnGO and without money"
        "Ask whether the goods are there; Sage does not know of them. Book them in Sage or correct Shopify's stock, then adopt the refund with a name and a reason.";
    RefundRefused "refund-refused" CustomerService "Shopify refused the refund of a credited return"
        "Shopify's own words are in the facts. It is tried again a day after the refusal; or refund it in ReturnGO yourself, not in Shopify's admin: that is told as paid twice.";
    RefundNotBuilt "refund-not-built" CustomerService "The refund of a credited return can't be made in Shopify by itself"
        "The facts say why. Refund it in ReturnGO yourself, then it closes.";
    RefundUnknown "refund-unknown" It "It is not known whether a refund of ours was paid"
        "Connect Shopify again, or restore the latest backup of the journal. If neither helps, look in Shopify's admin whether the customer has the money, pay it if not, and settle the RMA.";
    RefundsHidden "refunds-hidden" It "Shopify does not show the refunds of this order"
        "Give the app the scope read_all_orders. Until then nothing is paid: it may be paid already. If it can't be, look in Shopify's admin, pay it there or not, and settle the RMA.";
    ReturnGoDoesNotPay "returngo-does-not-pay" CustomerService "ReturnGO does not pay a return that is credited"
        "The facts say why. Check its automatic refund after validation, or refund the return in ReturnGO yourself.";
    RefundNotReported "refund-not-reported" It "A refund was made, and ReturnGO does not take word of it"
        "The facts say why. Mark the transaction as paid in ReturnGO with the refund's number, or ask ReturnGO how it wants to be told; then it closes.";
    ExchangeNotInSage "exchange-not-in-sage" CustomerService "An exchange was released, and Sage has no order for it"
        "Nobody packs it. Enter the order in Sage, the number of the shop's exchange order as customer order number, worth what was credited; or have the importer bring it. If the customer gets nothing, cancel the exchange in Shopify and settle the RMA.";
    ExchangeNotShipped "exchange-not-shipped" Warehouse "The new goods of an exchange are not despatched in time"
        "Allocate and despatch the order in Sage. If the goods are out of stock, ask customer service to offer something else. It closes when Sage shows all of them as despatched.";
    ExchangeCancelled "exchange-cancelled" Warehouse "An exchange is cancelled"
        "Do not pack it: cancel its order in Sage. What was credited for the returned goods is owed then: refund it in ReturnGO or exchange again, and settle the RMA.";
    ExchangeGone "exchange-gone" CustomerService "The Sage order of an exchange is not there any more"
        "Somebody cancelled, deleted or archived it. Enter it again under the same customer order number; or cancel the exchange in Shopify and settle the RMA.";
    ExchangeDoubled "exchange-doubled" Warehouse "Several Sage orders carry the number of one exchange"
        "Cancel all but one before anything is packed.";
    ExchangeDiffers "exchange-differs" Warehouse "The Sage order of an exchange has other goods than the shop's order"
        "Ask customer service which is right, and change the other before it is packed.";
    ExchangeValueDiffers "exchange-value-differs" Finance "The Sage order of an exchange is not worth what was credited and paid"
        "A difference stays on the account. Change the prices of the order in Sage, or correct what was credited or refunded, then it closes; or settle the RMA.";
    ExchangeNotReleased "exchange-not-released" CustomerService "The returned goods are credited, and the new goods of the exchange are not released"
        "Release the exchange in ReturnGO. If the customer wants the money, change the resolution there before anything is released, credit and refund by hand, and settle the RMA.";
    ExchangeNotBuilt "exchange-not-built" It "The order of an exchange could not be built, and nothing was sent"
        "The facts say which rule refuses it. Change the site's settings, or [exchange] in returns.toml; or enter the order by hand under the number of the shop's exchange order.";
    ExchangeAddress "exchange-address" CustomerService "The delivery address of an exchange can't be taken into Sage"
        "The facts say which field. Shorten or complete the address of the exchange order in Shopify; or enter the order in Sage by hand under its number.";
    ExchangeUnclear "exchange-unclear" Finance "What the order of an exchange is worth can't be said"
        "The facts say why. Enter the order in Sage by hand under the number of the shop's exchange order, worth what was credited and paid on top, less what was refunded; or settle the RMA.";
    NilOrderUnlinked "nil-order-unlinked" CustomerService "The shop has an order for nothing that no return names"
        "If it replaces returned goods, Sage must have an order for it: enter it by hand, or have ReturnGO name it. If it is a giveaway or a sample, adopt it with a name and a reason; where there are many, set policy.nil_orders to ignore.";
    CreditNoteStray "credit-note-stray" Finance "A credit note in Sage belongs to no RMA"
        "Find out what it is for. Give it the RMA number, or `REF` and the number of the refund, as second reference; reverse it; or adopt it with a name and a reason.";
    ShopScopeMissing "shop-scope-missing" It "Shopify does not let this app see everything"
        "Give the app the scopes named in the facts. What needs them is not checked meanwhile.";
    CreditedButChanged "credited-but-changed" Finance "Credited, but ReturnGO now says something else about the unit"
        "Do not refund it. Find out which is right: put it right in ReturnGO, or reverse the credit note in Sage and settle the RMA.";
    CancelledAfterCredit "cancelled-after-credit" Finance "The RMA is not approved any more, but a credit note stands in Sage"
        "Do not refund it. Reopen the RMA in ReturnGO, or reverse the credit note in Sage and settle the RMA.";
    CreditNoteNotBuilt "credit-note-not-built" It "A credit note could not be built, and nothing was sent"
        "The facts say which of our own checks refused it. Tell the makers of this program if it stays.";
    CapReached "cap-reached" Finance "The limit of credit notes or value for one run is reached"
        "Check the documents that wait, then run again or raise `caps` in returns.toml.";
    QuotaUsedUp "quota-used-up" It "Today's budget of calls is used up"
        "The next runs begin where this one ended. Stray credit notes were not looked for. Run less often, or ask the vendor for a higher limit.";
    JournalEmpty "journal-empty" It "The journal is empty, but Sage already holds references of our form"
        "Restore the journal from its backup. If there never was one (somebody typed `RMA<number>-<n>` by hand) or it is lost for good, and finance agrees, set `policy.accept_existing = true`: the RMAs found are then taken as credited by hand.";
    TotalsDiffer "totals-differ" Finance "Journal and Sage do not add up to the same credit notes"
        "The control totals name the documents that differ; correct them in Sage.";
}

impl Code {
    /// Must a refund that was released before not be paid while this is open?
    pub const fn forbids_payment(self) -> bool {
        matches!(
            self,
            Self::CreditedButChanged
                | Self::CancelledAfterCredit
                | Self::CreditWithoutReceipt
                | Self::ReturnDoubled
                | Self::RefundUnknown
                | Self::RefundsHidden
                | Self::CreditNoteDiffers
                | Self::CreditNoteDoubled
                | Self::CreditNoteNotVisible
                | Self::CreditedByHandDiffers
                | Self::DoublePayment
        )
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One situation as found in this run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What kind.
    pub code: Code,
    /// The RMA it concerns; none for the run as a whole.
    pub rma: Option<RmaId>,
    /// What it concerns, when that is not the RMA as a whole: `refund <number>`, `URN <number>`, `goods of RMA <number>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The original order's number.
    pub order: Option<String>,
    /// The units it concerns; empty for all of them.
    pub units: Vec<ReturnedItemId>,
    /// Money at risk, when it can be said.
    pub money_at_risk: Option<Money>,
    /// What was found: names, numbers, values.
    pub facts: String,
}

impl Finding {
    /// Its identity over runs: one of each code for an RMA, whichever of its units it concerns, or for another subject.
    pub fn key(&self) -> String {
        let subject = self.subject.as_deref().or(self.rma.as_ref().map(RmaId::as_str));
        format!("{}/{}", self.code, subject.unwrap_or("run"))
    }

    /// About the run as a whole.
    pub fn of_the_run(code: Code, facts: String) -> Self {
        Self { code, rma: None, subject: None, order: None, units: Vec::new(), money_at_risk: None, facts }
    }

    /// Takes up what another finding of the same key says.
    #[cfg(feature = "run")]
    pub(crate) fn merge(&mut self, other: Self) {
        self.units.extend(other.units.into_iter().filter(|unit| !self.units.contains(unit)).collect::<Vec<_>>());
        if !self.facts.contains(&other.facts) {
            self.facts = format!("{}; {}", self.facts, other.facts);
        }
        let larger = |money: &Money| self.money_at_risk.is_none_or(|known| known.amount() < money.amount());
        self.money_at_risk = other.money_at_risk.filter(larger).or(self.money_at_risk);
    }
}

/// A finding with its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exception {
    /// What was found.
    #[serde(flatten)]
    pub finding: Finding,
    /// Who has to act.
    pub owner: Owner,
    /// What it is, in a few words.
    pub title: &'static str,
    /// What to do.
    pub next_step: &'static str,
    /// First seen.
    pub since: DateTime<Utc>,
}

impl Exception {
    /// A finding first seen at `since`.
    pub fn new(finding: Finding, since: DateTime<Utc>) -> Self {
        let code = finding.code;
        Self { finding, owner: code.owner(), title: code.title(), next_step: code.next_step(), since }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_distinct_and_say_what_to_do() {
        let texts: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(code.next_step().ends_with('.') && !code.title().ends_with('.'), "{code}");
            assert_eq!(serde_json::to_string(code).unwrap(), format!("\"{code}\""));
        }
    }
}
