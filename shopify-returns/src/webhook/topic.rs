use std::fmt;

macro_rules! topics {
    ($($(#[$doc:meta])* $variant:ident = $text:literal about $kind:literal,)+) => {
        /// What a notice says has happened.
        ///
        /// A topic that is not known here is kept, never an error: new ones appear between API versions.
        ///
        /// ```
        /// use shopify_returns::webhook::Topic;
        /// assert_eq!(Topic::from("refunds/create"), Topic::RefundsCreate);
        /// assert_eq!(Topic::from("shop/update"), Topic::Other("shop/update".to_owned()));
        /// assert_eq!(Topic::OrdersEdited.to_string(), "orders/edited");
        /// ```
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Topic {
            $($(#[$doc])* $variant,)+
            /// Not known to this version, as it was sent.
            Other(String),
        }

        impl Topic {
            /// Shopify's own spelling, as the header has it: `refunds/create`.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }

            /// The kind in the gid of what `id` in the body numbers.
            pub(super) fn kind(&self) -> Option<&'static str> {
                let kind = match self {
                    $(Self::$variant => $kind,)+
                    Self::Other(_) => "",
                };
                Some(kind).filter(|kind| !kind.is_empty())
            }

            #[cfg(test)]
            const KNOWN: &'static [Self] = &[$(Self::$variant,)+];
        }

        impl From<&str> for Topic {
            fn from(text: &str) -> Self {
                $(if text.eq_ignore_ascii_case($text) {
                    return Self::$variant;
                })+
                Self::Other(text.to_owned())
            }
        }
    };
}

// Where the kind is empty, `id` numbers nothing that can be fetched.
topics! {
    /// An order was placed.
    OrdersCreate = "orders/create" about "Order",
    /// Anything about an order changed.
    OrdersUpdated = "orders/updated" about "Order",
    /// Lines of an order were added or taken away.
    OrdersEdited = "orders/edited" about "",
    /// An order was called off.
    OrdersCancelled = "orders/cancelled" about "Order",
    /// An order was paid.
    OrdersPaid = "orders/paid" about "Order",
    /// All of an order was shipped.
    OrdersFulfilled = "orders/fulfilled" about "Order",
    /// Part of an order was shipped.
    OrdersPartiallyFulfilled = "orders/partially_fulfilled" about "Order",
    /// An order is gone: it can't be fetched any more.
    OrdersDelete = "orders/delete" about "Order",
    /// A refund was recorded. Says nothing about money: that may move later, or never.
    RefundsCreate = "refunds/create" about "Refund",
    /// A native return was asked for.
    ReturnsRequest = "returns/request" about "Return",
    /// A native return was approved.
    ReturnsApprove = "returns/approve" about "Return",
    /// A native return was declined.
    ReturnsDecline = "returns/decline" about "Return",
    /// Lines or fees of a native return changed. Names no order.
    ReturnsUpdate = "returns/update" about "Return",
    /// Units of a native return were dealt with. What it names is not published.
    ReturnsProcess = "returns/process" about "Return",
    /// A native return was called off.
    ReturnsCancel = "returns/cancel" about "Return",
    /// A native return was closed.
    ReturnsClose = "returns/close" about "Return",
    /// A closed native return was opened again.
    ReturnsReopen = "returns/reopen" about "Return",
    /// Somebody said where units that came back are. Names no order.
    ReverseFulfillmentOrdersDispose = "reverse_fulfillment_orders/dispose" about "ReverseFulfillmentOrder",
    /// A label or a parcel was put to a way back.
    ReverseDeliveriesAttachDeliverable = "reverse_deliveries/attach_deliverable" about "ReverseDelivery",
    /// A movement of money succeeded, failed or broke.
    OrderTransactionsCreate = "order_transactions/create" about "OrderTransaction",
    /// Money moved.
    TenderTransactionsCreate = "tender_transactions/create" about "TenderTransaction",
    /// A draft order was made.
    DraftOrdersCreate = "draft_orders/create" about "DraftOrder",
    /// A draft order changed, or became an order.
    DraftOrdersUpdate = "draft_orders/update" about "DraftOrder",
    /// A bank disputes a payment.
    DisputesCreate = "disputes/create" about "ShopifyPaymentsDispute",
    /// A dispute went on.
    DisputesUpdate = "disputes/update" about "ShopifyPaymentsDispute",
    /// A bulk operation ended, well or not.
    BulkOperationsFinish = "bulk_operations/finish" about "BulkOperation",
    /// The app was taken out of the shop: its token is dead.
    AppUninstalled = "app/uninstalled" about "Shop",
    /// The app's scopes changed.
    AppScopesUpdate = "app/scopes_update" about "",
}

impl Topic {
    /// True when it is about what the app may do in the shop, not about the shop's data: ask
    /// `Shopify::check` what still works. Forget nothing on the strength of the notice alone: its topic is not signed.
    pub fn changes_access(&self) -> bool {
        matches!(self, Self::AppUninstalled | Self::AppScopesUpdate)
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_survives_a_round_trip() {
        for topic in Topic::KNOWN {
            assert_eq!(&Topic::from(topic.as_str()), topic);
            assert_eq!(&Topic::from(topic.as_str().to_ascii_uppercase().as_str()), topic);
        }
        let odd = Topic::from("Orders/Split");
        assert_eq!((odd.as_str(), odd.kind()), ("Orders/Split", None));
    }

    #[test]
    fn only_two_topics_are_about_access() {
        let about: Vec<_> = Topic::KNOWN.iter().filter(|topic| topic.changes_access()).collect();
        assert_eq!(about, [&Topic::AppUninstalled, &Topic::AppScopesUpdate]);
        assert!(!Topic::from("app/renamed").changes_access());
    }
}
