//! What the business has chosen. Plain values: read from `returns.toml`, or built by the embedding program.

use chrono::{DateTime, TimeDelta, Utc};
use returns_wire::{Currency, Money};
use rust_decimal::Decimal;
use sage200_client::{AccountReference, CostCentre, Department, NominalReference};
use shopify_returns::{AppId, RecipeTable};

mod matrix;

pub use matrix::{Combination, Impossible, matrix, matrix_table};

/// An enum whose values have one name each: in `returns.toml`, in reports and in messages.
macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$value_doc])* #[serde(rename = $text)] $value,)*
        }

        impl $name {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$value),*];

            /// Their names, in the same order.
            pub const NAMES: &[&'static str] = &[$($text),*];

            /// As it stands in `returns.toml`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $text,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

mod customers;
mod exchanges;

pub(crate) use customers::StandsOn;
pub use customers::{Customers, CustomersBy};
pub(crate) use exchanges::letter;
pub use exchanges::{CheaperExchange, ExchangeSite, Exchanges, NilOrders, ShippingIn, ShippingNames};

choices! {
    /// What counts as proof that a unit was received.
    ReceiptProof {
        /// The unit was inspected in ReturnGO: a validation date is set and it is marked as returned.
        ItemValidated "item_validated",
        /// Sage shows goods received on the unit's line of the sales return.
        SageGoodsIn "sage_goods_in",
        /// ReturnGO shows the parcel as received. It says nothing about what was in it: a choice for shops that inspect
        /// nothing. A unit that is inspected all the same counts as inspected.
        ParcelReceived "parcel_received",
    }
}

choices! {
    /// How a credit gets into Sage.
    Route {
        /// A credit note on the sales ledger, posted by us and read back. Stock is booked by a person.
        LedgerCreditNote "ledger_credit_note",
        /// A sales return, prepared by us when the RMA is approved. A person receives the goods on it in Sage, prints and
        /// posts its credit note; we read that back. Sage 200 2025 R1 and later.
        SalesReturn "sales_return",
    }
}

choices! {
    /// How a refund is released.
    RefundGate {
        /// Staff refund by hand what the work list shows: units whose credit note is read back.
        WorkList "work_list",
        /// We make the refund in Shopify once the credit note is read back, and only then.
        ShopifyRefund "shopify_refund",
        /// We mark the parcel as validated in ReturnGO once the credit notes of all its units are read back; ReturnGO's
        /// automatic refund "when items are validated" pays then. Nobody else may validate.
        ReturnGoValidation "returngo_validation",
    }
}

/// What the route by sales returns needs to know of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesReturns {
    /// The warehouse that goods are received into, by its name in Sage.
    pub warehouse: String,
    /// Which analysis code of a return (1 to 20; above 5 Professional only) carries the shop's order number.
    pub order_code: u8,
}

choices! {
    /// Who pays the refunds that ReturnGO asks for.
    #[derive(Default)]
    ReturnGoRefunds {
        /// ReturnGO has the shop pay them: one that is asked for will be paid.
        #[default]
        Pays "pays",
        /// ReturnGO asks and waits (its Notify-Only mode): we pay in the shop and tell it. Only with
        /// [`RefundGate::ShopifyRefund`]. ReturnGO has not confirmed in which form it wants to be told: that is for the
        /// `reports` of the run's systems to know.
        NotifyOnly "notify_only",
    }
}

choices! {
    /// How a fee that ReturnGO keeps from a refund is treated.
    #[derive(Default)]
    FeeTreatment {
        /// Not chosen: such a return is not credited.
        #[default]
        Hold "hold",
        /// The credit is that much lower, with VAT at the rate of the goods.
        Deduct "deduct",
    }
}

/// How each fee is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fees {
    /// The restocking fee, for each unit.
    pub restocking: FeeTreatment,
    /// The return fee, once for an RMA.
    pub return_fee: FeeTreatment,
    /// The label fee, once for an RMA.
    pub label: FeeTreatment,
}

choices! {
    /// What to do with goods that the customer keeps (no shipment required). Nobody ever receives them.
    #[derive(Default)]
    KeptGoods {
        /// Not chosen: such a return is not credited.
        #[default]
        Hold "hold",
        /// A credit note on the sales ledger once the RMA is approved, and no stock, on either route.
        CreditNote "credit_note",
    }
}

choices! {
    /// What a return for store credit is in Sage. ReturnGO's store credit is a discount code.
    #[derive(Default)]
    StoreCredit {
        /// Not chosen: such a return is not credited.
        #[default]
        Hold "hold",
        /// A credit note at the return. Lawful only where the importer of orders takes the code as a payment: the VAT is cut
        /// now, and the next order is taxed in full.
        CreditNote "credit_note",
        /// No credit note: the goods are booked, and the VAT is cut when the code lowers the next order's price.
        AtRedemption "at_redemption",
    }
}

choices! {
    /// What to do with a return of an order that Sage has never seen.
    OrdersNotInSage {
        /// Post nothing, raise an exception.
        Hold "hold",
        /// A credit note that stands alone, valued by the shop's order.
        Standalone "standalone",
    }
}

choices! {
    /// What to do when Sage does not accept today's date.
    ClosedPeriod {
        /// Post nothing, raise an exception.
        Hold "hold",
    }
}

choices! {
    /// When the goods of a credited unit are proved to be back.
    #[derive(Default)]
    StockProof {
        /// Sage's stock ledger shows those fit for sale in a warehouse that sells, and the others in one that does not, or
        /// written off.
        #[default]
        InPlace "in_place",
        /// It shows them in any warehouse.
        Booked "booked",
    }
}

choices! {
    /// What the components of a bundle count for when its value is shared out.
    #[derive(Default)]
    BundleSplit {
        /// What the Sage order sells each at; where it sells only the bundle, the selling prices in `bundles`, else those of
        /// the shop's variants.
        #[default]
        SellingPrice "selling_price",
        /// The numbers in `bundles`: costs, or shares that were agreed on.
        Table "table",
    }
}

/// Limits that stop a run that looks wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// Credit notes per run.
    pub documents_per_run: u32,
    /// Gross value of all credit notes of a run.
    pub value_per_run: Money,
    /// Gross value of one credit note.
    pub value_per_document: Money,
}

/// The nominal account returns are posted to. Without one, Sage takes the customer's default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NominalAccount {
    /// Account reference.
    pub account: NominalReference,
    /// Cost centre.
    pub cost_centre: Option<CostCentre>,
    /// Department.
    pub department: Option<Department>,
}

/// Everything the rules ask the business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// RMAs created before this instant are seen, never posted.
    pub go_live: DateTime<Utc>,
    /// The company's base currency, and the only one credited.
    pub currency: Currency,
    /// The shop's customer accounts in Sage: an order on any other account is not credited.
    pub customers: Customers,
    /// VAT code numbers that may be credited; `None` for every code in Sage's table.
    pub tax_codes: Option<Vec<i16>>,
    /// Text in front of the order number in ReturnGO that the number in Sage does not have, such as `#`.
    pub order_prefix: String,
    /// Proof of receipt.
    pub receipt_proof: ReceiptProof,
    /// Way into Sage.
    pub route: Route,
    /// Way to the refund.
    pub refund_gate: RefundGate,
    /// Needed with [`Route::SalesReturn`].
    pub sales_returns: Option<SalesReturns>,
    /// Who pays what ReturnGO asks for.
    pub returngo_refunds: ReturnGoRefunds,
    /// Closed periods.
    pub closed_period: ClosedPeriod,
    /// Fees.
    pub fees: Fees,
    /// A restocking fee on a return that was asked for within this time of the order is not deducted but told: a consumer
    /// may cancel within 14 days of the delivery and owes none. Zero where no customer is a consumer.
    pub cancel_within: TimeDelta,
    /// Goods that the customer keeps.
    pub kept_goods: KeptGoods,
    /// How long a refund may go before its goods are received without finance being told, for shops that pay in advance
    /// (instant credit). Zero: at once.
    pub goods_follow_within: TimeDelta,
    /// Returns for store credit.
    pub store_credit: StoreCredit,
    /// Orders that Sage has never seen.
    pub orders_not_in_sage: OrdersNotInSage,
    /// The account of credit notes that stand alone, with [`Customers::List`]. Without one, the only account there.
    pub standalone_account: Option<AccountReference>,
    /// Which VAT code stands for a rate of the shop, in percent: for credit notes that stand alone.
    pub vat_by_rate: Vec<(Decimal, i16)>,
    /// Bundles that one line of an order carries, and what each is made of, where the shop does not say.
    pub bundles: RecipeTable,
    /// What the components of a bundle count for where the Sage order does not sell them one by one.
    pub bundle_split: BundleSplit,
    /// ReturnGO's app in the shop: refunds that it made are ReturnGO's before ReturnGO lists them.
    pub returngo_app: Option<AppId>,
    /// How long a refund that nobody can be named for is left alone: ReturnGO lists its refunds late.
    pub attribute_within: TimeDelta,
    /// How long received units may go without a credit note in Sage before finance is told.
    pub credit_within: TimeDelta,
    /// When the goods of a credited unit are proved to be back.
    pub stock_proof: StockProof,
    /// How long that may take before the warehouse is told.
    pub stock_within: TimeDelta,
    /// What is done with units that are exchanged for other goods.
    pub exchanges: Exchanges,
    /// Needed with [`Exchanges::Create`].
    pub exchange_site: Option<ExchangeSite>,
    /// What becomes of the difference when the new goods are cheaper.
    pub cheaper_exchange: CheaperExchange,
    /// Orders for nothing that no RMA names.
    pub nil_orders: NilOrders,
    /// How long an exchange may take: from the credit note to the release of the new goods, and from their order in Sage to
    /// the last despatch.
    pub exchange_within: TimeDelta,
    /// Where returns are posted.
    pub nominal: Option<NominalAccount>,
    /// Whether the order number goes into the credit note's reference. Off where Sage numbers credit notes itself.
    pub send_reference: bool,
    /// How long a parcel may lie uninspected before the warehouse is told.
    pub inspect_within: TimeDelta,
    /// How long after a lost answer Sage is asked whether it acted: longer than the longest request.
    pub settle: TimeDelta,
    /// Start with an empty journal although Sage already holds our references.
    pub accept_existing: bool,
    /// Limits per run.
    pub caps: Caps,
}

/// Two choices that can't both be, or one that lacks another.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Contradiction {
    /// The keys of `returns.toml` it is about, the first to be looked at first.
    pub keys: Vec<&'static str>,
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub fix: String,
}

impl std::fmt::Display for Contradiction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}; {}", self.keys.join(", "), self.reason, self.fix)
    }
}

impl Policy {
    /// Everything in it that can't be carried out, whatever the site. A run refuses to begin while there is any.
    pub fn contradictions(&self) -> Vec<Contradiction> {
        let mut found = Vec::new();
        let mut add = |keys: &[&'static str], reason: &str, fix: &str| {
            found.push(Contradiction { keys: keys.to_vec(), reason: reason.to_owned(), fix: fix.to_owned() });
        };
        let combination = Combination { proof: self.receipt_proof, route: self.route, gate: self.refund_gate };
        if let Err(impossible) = combination.verdict() {
            add(impossible.keys(), &impossible.to_string(), impossible.fix());
        }
        if self.route == Route::SalesReturn && self.sales_returns.is_none() {
            add(
                &["policy.route", "sales_return.warehouse", "sales_return.order_code"],
                "the route is sales_return, and neither warehouse nor analysis code of the returns is chosen",
                "add a table [sales_return] with `warehouse` and `order_code`",
            );
        }
        if self.standalone_account.is_some() && !matches!(self.customers, Customers::List(_)) {
            add(
                &["policy.standalone_account", "policy.customers_by"],
                "a credit that stands alone goes where `policy.customers_by` says, and not to one account for all",
                "leave `policy.standalone_account` out, or set `policy.customers_by` to list",
            );
        }
        if self.route == Route::SalesReturn && !self.customers.are_named() {
            add(
                &["policy.customers_by", "policy.route"],
                "credit notes of sales returns are found on the shop's accounts, and which those are is not written down",
                "set `policy.customers_by` to list, currency or channel, or `policy.route` to ledger_credit_note",
            );
        }
        if self.returngo_refunds == ReturnGoRefunds::NotifyOnly && self.refund_gate != RefundGate::ShopifyRefund {
            add(
                &["policy.returngo_refunds", "policy.refund_gate"],
                "policy.returngo_refunds is notify_only, so ReturnGO pays nothing, and neither does anybody else",
                "set `policy.refund_gate` to shopify_refund",
            );
        }
        self.exchange_contradictions(&mut add);
        if self.bundle_split == BundleSplit::Table {
            let recipe = |sku: &str| self.bundles.recipe(sku).and_then(Result::ok);
            let weightless = |sku: &&str| recipe(sku).is_none_or(|recipe| !recipe.has_weights());
            let reason = match self.bundles.skus().find(weightless) {
                Some(sku) => format!("what each component of {sku} counts for is not in `policy.bundles`"),
                None if self.bundles.is_empty() => "no bundle is listed in `policy.bundles`".to_owned(),
                None => return found,
            };
            add(
                &["policy.bundle_split", "policy.bundles"],
                &format!("policy.bundle_split is table, and {reason}"),
                "write it behind @ for every component, or set `policy.bundle_split` to selling_price",
            );
        }
        found
    }

    /// The default choices, with what has no default as arguments: the start, the currency, the accounts, the caps.
    pub fn new(go_live: DateTime<Utc>, currency: Currency, customers: impl Into<Customers>, caps: Caps) -> Self {
        Self {
            go_live,
            currency,
            customers: customers.into(),
            tax_codes: None,
            order_prefix: String::new(),
            receipt_proof: ReceiptProof::ItemValidated,
            route: Route::LedgerCreditNote,
            refund_gate: RefundGate::WorkList,
            sales_returns: None,
            returngo_refunds: ReturnGoRefunds::Pays,
            closed_period: ClosedPeriod::Hold,
            fees: Fees::default(),
            cancel_within: TimeDelta::days(14),
            kept_goods: KeptGoods::Hold,
            goods_follow_within: TimeDelta::zero(),
            store_credit: StoreCredit::Hold,
            orders_not_in_sage: OrdersNotInSage::Hold,
            standalone_account: None,
            vat_by_rate: Vec::new(),
            bundles: RecipeTable::default(),
            bundle_split: BundleSplit::default(),
            returngo_app: None,
            attribute_within: TimeDelta::hours(24),
            credit_within: TimeDelta::hours(72),
            stock_proof: StockProof::default(),
            stock_within: TimeDelta::hours(72),
            exchanges: Exchanges::default(),
            exchange_site: None,
            cheaper_exchange: CheaperExchange::default(),
            nil_orders: NilOrders::default(),
            exchange_within: TimeDelta::hours(72),
            nominal: None,
            send_reference: true,
            inspect_within: TimeDelta::hours(48),
            settle: TimeDelta::seconds(180),
            accept_existing: false,
            caps,
        }
    }
}
