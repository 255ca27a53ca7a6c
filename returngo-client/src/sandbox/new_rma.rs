use super::{
    rows::{
        AnswerRow, ExchangeItemRow, ItemRow, MethodRow, MoneyRow, NO_SHIPMENT, QuestionRow, RangeRow, ValidationRow,
    },
    world::{Counters, take},
};
use rust_decimal::Decimal;

/// What a customer asks to return.
///
/// ```
/// use returngo_client::sandbox::{NewItem, NewRma};
/// use rust_decimal::Decimal;
/// let price = Decimal::new(2400, 2);
/// let tax = Decimal::new(400, 2);
/// let simple = NewRma::refund("EX1042").unit("SHIRT-M", price, tax);
/// let mixed = NewRma::refund("EX1043").line(NewItem::new("MUG", price, tax).units(3)).line(NewItem::new("CAP", price, tax).no_shipment());
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NewRma {
    /// The order's name.
    pub order_name: String,
    /// The shop's own number of the order; made up, the same for the same name, when not given.
    pub order_id: Option<String>,
    /// What comes back, line by line.
    pub lines: Vec<NewItem>,
    /// What lines get that do not say it themselves.
    pub resolution: String,
    /// Outside the shop's policy?
    pub out_of_policy: bool,
}

/// One order line of which units come back.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NewItem {
    /// The order line in the shop; made up when not given.
    pub shop_line_item_id: Option<String>,
    /// Stock code.
    pub sku: Option<String>,
    /// Product.
    pub product_name: String,
    /// Variant; products without one do not send the key.
    pub variant: Option<String>,
    /// Paid a unit.
    pub paid_price: Decimal,
    /// Tax of that, a unit.
    pub paid_tax: Decimal,
    /// Of price and tax, for customer and shop.
    pub currency: String,
    /// Is the tax in the price?
    pub tax_included: bool,
    /// In ReturnGO's spelling; the RMA's when not given.
    pub resolution: Option<String>,
    /// How many pieces.
    pub units: u32,
    /// A unit.
    pub restocking_fee: Decimal,
    /// Does the customer keep it?
    pub no_shipment: bool,
    /// Stock code of what the customer wants instead.
    pub exchange_for: Option<String>,
    /// Its price; that of the piece when not given.
    pub exchange_price: Option<Decimal>,
}

impl NewRma {
    /// For resolutions in ReturnGO's spelling, known or not.
    pub fn new(order_name: &str, resolution: &str) -> Self {
        Self {
            order_name: order_name.to_owned(),
            order_id: None,
            lines: Vec::new(),
            resolution: resolution.to_owned(),
            out_of_policy: false,
        }
    }

    /// Money back the way it was paid.
    pub fn refund(order_name: &str) -> Self {
        Self::new(order_name, "RefundToPaymentMethod")
    }

    /// Credit in the shop.
    pub fn store_credit(order_name: &str) -> Self {
        Self::new(order_name, "RefundToStoreCredit")
    }

    /// Other goods; say which with [`NewItem::exchange_for`] or [`swap`](Self::swap).
    pub fn exchange(order_name: &str) -> Self {
        Self::new(order_name, "InstantVariantExchange")
    }

    /// The shop's own number of the order.
    #[must_use]
    pub fn order_id(mut self, id: &str) -> Self {
        self.order_id = Some(id.to_owned());
        self
    }

    /// Adds one piece.
    #[must_use]
    pub fn unit(self, sku: &str, price: Decimal, tax: Decimal) -> Self {
        self.line(NewItem::new(sku, price, tax))
    }

    /// Adds one piece that is to be exchanged.
    #[must_use]
    pub fn swap(self, sku: &str, price: Decimal, tax: Decimal, for_sku: &str) -> Self {
        self.line(NewItem::new(sku, price, tax).exchange_for(for_sku))
    }

    /// Adds pieces of one order line.
    #[must_use]
    pub fn line(mut self, line: NewItem) -> Self {
        self.lines.push(line);
        self
    }

    /// Marks it as outside the shop's policy.
    #[must_use]
    pub fn out_of_policy(mut self) -> Self {
        self.out_of_policy = true;
        self
    }
}

impl NewItem {
    /// One piece, in pounds, with tax in the price, sent back in a parcel.
    pub fn new(sku: &str, paid_price: Decimal, paid_tax: Decimal) -> Self {
        Self {
            shop_line_item_id: None,
            sku: Some(sku.to_owned()),
            product_name: format!("Sample {sku}"),
            variant: None,
            paid_price,
            paid_tax,
            currency: "GBP".to_owned(),
            tax_included: true,
            resolution: None,
            units: 1,
            restocking_fee: Decimal::ZERO,
            no_shipment: false,
            exchange_for: None,
            exchange_price: None,
        }
    }

    /// The order line in the shop.
    #[must_use]
    pub fn line_id(mut self, id: &str) -> Self {
        self.shop_line_item_id = Some(id.to_owned());
        self
    }

    /// Leaves the stock code out.
    #[must_use]
    pub fn without_sku(mut self) -> Self {
        self.sku = None;
        self
    }

    /// Names the variant.
    #[must_use]
    pub fn variant(mut self, name: &str) -> Self {
        self.variant = Some(name.to_owned());
        self
    }

    /// Another currency.
    #[must_use]
    pub fn currency(mut self, code: &str) -> Self {
        self.currency = code.to_owned();
        self
    }

    /// The price is without tax.
    #[must_use]
    pub fn tax_excluded(mut self) -> Self {
        self.tax_included = false;
        self
    }

    /// Another resolution than the RMA's, in ReturnGO's spelling.
    #[must_use]
    pub fn resolution(mut self, resolution: &str) -> Self {
        self.resolution = Some(resolution.to_owned());
        self
    }

    /// Several pieces.
    #[must_use]
    pub fn units(mut self, units: u32) -> Self {
        self.units = units;
        self
    }

    /// A fee for each piece.
    #[must_use]
    pub fn restocking_fee(mut self, fee: Decimal) -> Self {
        self.restocking_fee = fee;
        self
    }

    /// The customer keeps it.
    #[must_use]
    pub fn no_shipment(mut self) -> Self {
        self.no_shipment = true;
        self
    }

    /// What the customer wants instead; makes it an exchange.
    #[must_use]
    pub fn exchange_for(mut self, sku: &str) -> Self {
        self.exchange_for = Some(sku.to_owned());
        self.resolution = Some("InstantVariantExchange".to_owned());
        self
    }

    /// What that costs.
    #[must_use]
    pub fn exchange_price(mut self, price: Decimal) -> Self {
        self.exchange_price = Some(price);
        self
    }
}

/// One row a piece.
pub(super) fn item_rows(next: &mut Counters, line: &NewItem, resolution: &str) -> Vec<ItemRow> {
    let line_number = take(&mut next.line);
    let shop_line_item_id = line.shop_line_item_id.clone().unwrap_or_else(|| line_number.to_string());
    let full_name = match &line.variant {
        Some(variant) => format!("{} - {variant}", line.product_name),
        None => line.product_name.clone(),
    };
    let product = (line_number + 2_000_000_000_000).to_string();
    let variant = (line_number + 33_000_000_000_000).to_string();
    let price = MoneyRow::new(line.paid_price, &line.currency);
    let new_price = MoneyRow::new(line.exchange_price.unwrap_or(line.paid_price), &line.currency);
    let exchange_items: Vec<_> = line
        .exchange_for
        .iter()
        .map(|sku| ExchangeItemRow {
            product_id: product.clone(),
            variant_id: (line_number + 34_000_000_000_000).to_string(),
            sku: sku.clone(),
            quantity: 1,
            item_price_method: "CatalogPrice",
            free_exchange_price_range: RangeRow { min: 0, max: 0 },
            catalog_price: new_price.clone(),
            effective_price: new_price.clone(),
        })
        .collect();
    let row = ItemRow {
        shop_line_item_id,
        shop_product_id: product,
        variant_id: variant,
        returned_item_id: String::new(),
        full_name,
        product_name: line.product_name.clone(),
        variant_name: line.variant.clone(),
        image: "https://cdn.example/sample.jpg",
        sku: line.sku.clone(),
        paid_price: price,
        paid_tax: MoneyRow::new(line.paid_tax, &line.currency),
        tax_included: line.tax_included,
        return_reason: "Does not fit",
        resolution_name: "What the shop calls it",
        policy_rule_name: "Sample rule",
        is_auto_approve: false,
        resolution_type: line.resolution.clone().unwrap_or_else(|| resolution.to_owned()),
        restocking_fee: line.restocking_fee,
        return_fee: Decimal::ZERO,
        shipment_fee: Decimal::ZERO,
        shipment_id: String::new(),
        extended_reason: " > Too small",
        return_method: MethodRow {
            kind: if line.no_shipment { NO_SHIPMENT } else { "Ship with any carrier" },
            name: "What the shop calls it",
        },
        item_validation_status_response: ValidationRow::default(),
        exchange_items,
        follow_up_questions: vec![QuestionRow { kind: "Media", name: "Photo", answer: AnswerRow {} }],
    };
    (0..line.units).map(|_| ItemRow { returned_item_id: take(&mut next.unit).to_string(), ..row.clone() }).collect()
}
