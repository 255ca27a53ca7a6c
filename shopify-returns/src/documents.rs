//! Every operation that is ever sent to Shopify. The set is closed: only variables change, no query is put together from
//! outside text.

/// The version of the Admin API that the operations are written for.
pub const API_VERSION: &str = "2026-10";

/// One operation with the fragments it uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Document {
    /// The operation's name, such as `OrderById`.
    pub name: &'static str,
    parts: &'static [&'static str],
}

impl Document {
    /// Its text, as it is sent.
    pub fn text(&self) -> String {
        self.parts.concat()
    }
}

macro_rules! fragment {
    ($file:literal) => {
        include_str!(concat!("documents/", $file, ".graphql"))
    };
}

const BAG: &str = fragment!("money_fields");
const ALLOCATION: &str = fragment!("allocation_fields");
const TAX: &str = fragment!("tax_fields");
const LINE: &str = fragment!("line_fields");
const SHIPPING_LINE: &str = fragment!("shipping_line_fields");
const ORDER: &str = fragment!("order_fields");
const AGREEMENT: &str = fragment!("agreement_fields");
const REFUND: &str = fragment!("refund_fields");
const REFUND_LINE: &str = fragment!("refund_line_fields");
const REFUND_SHIPPING: &str = fragment!("refund_shipping_fields");
const ADJUSTMENT: &str = fragment!("adjustment_fields");
const TRANSACTION: &str = fragment!("transaction_fields");

macro_rules! documents {
    ($($(#[$doc:meta])* $constant:ident $name:literal $file:literal [$($part:ident),*];)+) => {
        $($(#[$doc])*
        pub const $constant: Document = Document { name: $name, parts: &[fragment!($file), $($part),*] };)+

        /// All of them.
        pub const ALL: &[Document] = &[$($constant),+];
    };
}

documents! {
    /// What the token may do, and the shop's settings.
    SELF_CHECK "SelfCheck" "self_check" [];
    /// One order.
    ORDER_BY_ID "OrderById" "order_by_id" [ORDER, LINE, SHIPPING_LINE, ALLOCATION, TAX, BAG];
    /// The next lines of an order.
    ORDER_LINES "OrderLines" "order_lines" [LINE, ALLOCATION, TAX, BAG];
    /// The next shipping lines of an order.
    ORDER_SHIPPING "OrderShipping" "order_shipping" [SHIPPING_LINE, ALLOCATION, TAX, BAG];
    /// Where an order's goods go.
    ORDER_DESTINATION "OrderDestination" "order_destination" [];
    /// What a bundle's variant is made of today.
    VARIANT_COMPONENTS "VariantComponents" "variant_components" [];
    /// Ids and names of the orders that a search finds.
    ORDERS_BY_NAME "OrdersByName" "orders_by_name" [];
    /// Orders that changed.
    ORDERS_CHANGED "OrdersChanged" "orders_changed" [BAG];
    /// The refunds of an order, with who made them.
    ORDER_REFUNDS "OrderRefunds" "order_refunds"
        [REFUND, REFUND_LINE, REFUND_SHIPPING, ADJUSTMENT, TRANSACTION, AGREEMENT, BAG];
    /// The next agreements of an order.
    ORDER_AGREEMENTS "OrderAgreements" "order_agreements" [AGREEMENT];
    /// The next lines of a refund.
    REFUND_LINES "RefundLines" "refund_lines" [REFUND_LINE, BAG];
    /// The next shipping of a refund.
    REFUND_SHIPPING_LINES "RefundShipping" "refund_shipping" [REFUND_SHIPPING, BAG];
    /// The next adjustments of a refund.
    REFUND_ADJUSTMENTS "RefundAdjustments" "refund_adjustments" [ADJUSTMENT, BAG];
    /// The next movements of a refund.
    REFUND_TRANSACTIONS "RefundTransactions" "refund_transactions" [TRANSACTION, BAG];
    /// What Shopify would pay back for some units.
    SUGGESTED_REFUND "SuggestedRefund" "suggested_refund" [BAG];
    /// Makes a refund.
    REFUND_CREATE "RefundCreate" "refund_create"
        [REFUND, REFUND_LINE, REFUND_SHIPPING, ADJUSTMENT, TRANSACTION, BAG];
    /// Refunds in the balance of Shopify Payments.
    REFUND_PAYOUTS "RefundPayouts" "refund_payouts" [];
}
