//! Warehouses, what they hold, and how it moves.

use super::{
    SageSandbox, SandboxError,
    body::Body,
    resources,
    state::{API_USER, Company, DESKTOP_USER, Movement, fits, in_bounds},
};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

/// The warehouse that is there from the start.
pub(crate) const HOME: &str = "HOME";
/// The bin that every holding has.
pub(crate) const UNSPECIFIED: &str = "Unspecified";

const TRANSFER_IN: i64 = 4;
const TRANSFER_OUT: i64 = 9;

/// What a warehouse is for. Sage publishes no literals here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum WarehouseKind {
    /// Stock to sell.
    #[default]
    Sales,
    /// Goods that came back. `product_warehouse_views` hides it.
    Returns,
}

impl WarehouseKind {
    pub(crate) fn literal(self) -> &'static str {
        match self {
            Self::Sales => "Warehouse",
            Self::Returns => "Returns",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Warehouse {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) kind: WarehouseKind,
}

/// A product in a warehouse.
#[derive(Debug, Clone)]
pub(crate) struct Holding {
    pub(crate) id: i64,
    pub(crate) product_id: i64,
    pub(crate) warehouse_id: i64,
    pub(crate) bins: Vec<Bin>,
}

#[derive(Debug, Clone)]
pub(crate) struct Bin {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) in_stock: Decimal,
    pub(crate) allocated: Decimal,
}

impl Bin {
    pub(crate) fn free(&self) -> Decimal {
        self.in_stock - self.allocated
    }
}

impl Holding {
    pub(crate) fn in_stock(&self) -> Decimal {
        self.bins.iter().map(|bin| bin.in_stock).sum()
    }

    pub(crate) fn allocated(&self) -> Decimal {
        self.bins.iter().map(|bin| bin.allocated).sum()
    }
}

/// What a movement is and carries.
pub(crate) struct Move<'m> {
    /// Number in `product_transaction_types`.
    pub(crate) kind: i64,
    pub(crate) date: NaiveDate,
    pub(crate) reference: &'m str,
    pub(crate) second_reference: &'m str,
    /// Account of the customer it comes from.
    pub(crate) customer: Option<&'m str>,
    pub(crate) by_hand: bool,
}

impl<'m> Move<'m> {
    pub(crate) fn by_hand(kind: i64, [reference, second_reference]: [&'m str; 2], now: DateTime<Utc>) -> Self {
        Self { kind, date: now.date_naive(), reference, second_reference, customer: None, by_hand: true }
    }
}

impl Company {
    pub(crate) fn warehouse(&self, name: &str) -> Result<&Warehouse, SandboxError> {
        let found = self.warehouses.iter().find(|warehouse| warehouse.name.eq_ignore_ascii_case(name));
        found.ok_or_else(|| SandboxError::UnknownWarehouse { name: name.to_owned() })
    }

    pub(crate) fn warehouse_name(&self, id: i64) -> &str {
        self.warehouses.iter().find(|warehouse| warehouse.id == id).map(|found| found.name.as_str()).unwrap_or_default()
    }

    pub(crate) fn add_warehouse(&mut self, name: &str, kind: WarehouseKind) -> i64 {
        let id = self.take_stock_id();
        self.warehouses.push(Warehouse { id, name: name.to_owned(), kind });
        id
    }

    pub(crate) fn add_holding(&mut self, product_id: i64, warehouse_id: i64) -> i64 {
        let (id, bin) = (self.take_stock_id(), self.take_stock_id());
        let (in_stock, allocated) = (Decimal::ZERO, Decimal::ZERO);
        let bins = vec![Bin { id: bin, name: UNSPECIFIED.to_owned(), in_stock, allocated }];
        self.holdings.push(Holding { id, product_id, warehouse_id, bins });
        id
    }

    pub(crate) fn holding(&self, product_id: i64, warehouse_id: i64) -> Option<&Holding> {
        self.holdings.iter().find(|holding| holding.product_id == product_id && holding.warehouse_id == warehouse_id)
    }

    pub(crate) fn free_stock(&self, product_id: i64) -> Decimal {
        let of_product = self.holdings.iter().filter(|holding| holding.product_id == product_id);
        of_product.flat_map(|holding| &holding.bins).map(Bin::free).sum()
    }

    pub(crate) fn stock(&self, product_id: i64) -> Decimal {
        self.holdings.iter().filter(|holding| holding.product_id == product_id).map(Holding::in_stock).sum()
    }

    fn first_bin(&mut self, code: &str, warehouse: &str) -> Result<&mut Bin, SandboxError> {
        let product_id = self.product_mut(code)?.id;
        let warehouse_id = self.warehouse(warehouse)?.id;
        self.holdings
            .iter_mut()
            .find(|holding| holding.product_id == product_id && holding.warehouse_id == warehouse_id)
            .and_then(|holding| holding.bins.first_mut())
            .ok_or_else(|| SandboxError::NoHolding { code: code.to_owned(), warehouse: warehouse.to_owned() })
    }

    /// Moves stock of a warehouse's first bin and writes it into the stock ledger.
    pub(crate) fn move_stock(
        &mut self,
        code: &str,
        warehouse: &str,
        quantity: Decimal,
        how: &Move<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), SandboxError> {
        let quantity = in_bounds("quantity", quantity)?;
        fits("reference", how.reference, 20)?;
        fits("second_reference", how.second_reference, 20)?;
        if !self.product_mut(code)?.stocked {
            return Err(SandboxError::NotPossible { why: format!("{code} is no stock item") });
        }
        let bin = self.first_bin(code, warehouse)?;
        bin.in_stock += quantity;
        let bin = bin.name.clone();
        self.write_movement(code, [warehouse, &bin], quantity, how, now)
    }

    fn write_movement(
        &mut self,
        code: &str,
        [warehouse, bin]: [&str; 2],
        quantity: Decimal,
        how: &Move<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), SandboxError> {
        let product = self.product_mut(code)?;
        product.updated = now;
        let product = product.clone();
        let id = self.take_id();
        self.movements.push(Movement {
            id,
            product,
            kind: how.kind,
            date: how.date,
            reference: how.reference.to_owned(),
            second_reference: how.second_reference.to_owned(),
            customer: how.customer.map(str::to_owned),
            warehouse: warehouse.to_owned(),
            bin: bin.to_owned(),
            user: if how.by_hand { DESKTOP_USER } else { API_USER },
            quantity,
            at: now,
        });
        Ok(())
    }

    /// Where a bin is: its holding's and its own place.
    fn place_of(&self, bin_id: i64, product_id: i64, field: &str) -> Result<(usize, usize), String> {
        let places = self.holdings.iter().enumerate().flat_map(|(at, holding)| {
            holding.bins.iter().enumerate().map(move |(bin_at, bin)| (at, bin_at, holding.product_id, bin.id))
        });
        match places.into_iter().find(|(_, _, _, id)| *id == bin_id) {
            Some((at, bin_at, product, _)) if product == product_id => Ok((at, bin_at)),
            Some(_) => Err(format!("{field}: the bin holding {bin_id} is of another product.")),
            None => Err(format!("{field}: there is no bin holding {bin_id}.")),
        }
    }

    fn bin_at(&mut self, (holding, bin): (usize, usize)) -> Option<&mut Bin> {
        self.holdings.get_mut(holding)?.bins.get_mut(bin)
    }

    /// `POST stock_transfers`: two movements, one answer without content.
    pub(crate) fn transfer(&mut self, json: &str, now: DateTime<Utc>) -> Result<String, String> {
        let body = Body::read(json, "", resources::fields(resources::STOCK_TRANSFER), &[])?;
        let required = |name: &str| body.int(name).ok_or_else(|| format!("{name}: this field is required."));
        let product_id = required("product_id")?;
        let code = self.products.iter().find(|product| product.id == product_id).map(|product| product.code.clone());
        let code = code.ok_or_else(|| format!("product_id: there is no product {product_id}."))?;
        let from = self.place_of(required("bin_holding_from_id")?, product_id, "bin_holding_from_id")?;
        let to = self.place_of(required("bin_holding_to_id")?, product_id, "bin_holding_to_id")?;
        if from == to {
            return Err("bin_holding_to_id: stock can't be transferred to where it is.".to_owned());
        }
        let quantity = body.dec("quantity").ok_or("quantity: this field is required.")?;
        if quantity <= Decimal::ZERO {
            return Err("quantity: the value must be more than 0.".to_owned());
        }
        if body.has("traceable_adjustment_items") {
            return Err("traceable_adjustment_items: the product is not traceable.".to_owned());
        }
        let free = self.bin_at(from).map(|bin| bin.free()).unwrap_or_default();
        if free < quantity {
            return Err(format!("quantity: {quantity} is more than the free stock of {free} in the source bin."));
        }
        let how = |kind| Move {
            kind,
            date: body.date("date").unwrap_or_else(|| now.date_naive()),
            reference: body.text("reference").unwrap_or_default(),
            second_reference: body.text("second_reference").unwrap_or_default(),
            customer: None,
            by_hand: false,
        };
        self.move_between(&code, [from, to], quantity, how, now)?;
        Ok("{}".to_owned())
    }

    fn move_between<'m>(
        &mut self,
        code: &str,
        [from, to]: [(usize, usize); 2],
        quantity: Decimal,
        how: impl Fn(i64) -> Move<'m>,
        now: DateTime<Utc>,
    ) -> Result<(), String> {
        for (place, kind, quantity) in [(from, TRANSFER_OUT, -quantity), (to, TRANSFER_IN, quantity)] {
            let Some(bin) = self.bin_at(place) else { continue };
            bin.in_stock += quantity;
            let bin = bin.name.clone();
            let warehouse_id = self.holdings.get(place.0).map(|holding| holding.warehouse_id).unwrap_or_default();
            let warehouse = self.warehouse_name(warehouse_id).to_owned();
            self.write_movement(code, [&warehouse, &bin], quantity, &how(kind), now)
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// A person moves stock from the first bin of one warehouse to that of another.
    pub(crate) fn carry(
        &mut self,
        code: &str,
        warehouses: [&str; 2],
        quantity: Decimal,
        references: [&str; 2],
        now: DateTime<Utc>,
    ) -> Result<(), SandboxError> {
        for reference in references {
            fits("reference", reference, 20)?;
        }
        let quantity = in_bounds("quantity", quantity)?;
        let [from, to] = warehouses;
        let product_id = self.product_mut(code)?.id;
        let bins = [self.first_bin(code, from)?.id, self.first_bin(code, to)?.id];
        if self.first_bin(code, from)?.free() < quantity || quantity <= Decimal::ZERO {
            return Err(SandboxError::NotPossible { why: format!("{quantity} x {code} are not free in {from}") });
        }
        let places = bins.map(|bin| self.place_of(bin, product_id, "bin"));
        let moved = match places {
            [Ok(from), Ok(to)] if from != to => {
                self.move_between(code, [from, to], quantity, |kind| Move::by_hand(kind, references, now), now)
            }
            [Err(why), _] | [_, Err(why)] => Err(why),
            _ => Err(format!("stock can't be transferred from {from} to where it is")),
        };
        moved.map_err(|why| SandboxError::NotPossible { why })
    }
}

/// # Stock
impl SageSandbox {
    /// Adds a warehouse; gives its record id. `HOME` is there from the start. Nothing is held in a new one.
    ///
    /// # Errors
    /// When it exists or the name is longer than 20.
    pub fn add_warehouse(&self, name: &str, kind: WarehouseKind) -> Result<i64, SandboxError> {
        self.with_company(|company, _| {
            if company.warehouse(name).is_ok() {
                return Err(SandboxError::Exists { what: "warehouse", key: name.to_owned() });
            }
            let name = fits("name", name, 20)?;
            Ok(company.add_warehouse(&name, kind))
        })
    }

    /// Makes a warehouse, `HOME` too, one of another kind.
    ///
    /// # Errors
    /// When it is not there.
    pub fn set_warehouse_kind(&self, name: &str, kind: WarehouseKind) -> Result<(), SandboxError> {
        self.with_company(|company, _| {
            let id = company.warehouse(name)?.id;
            company.warehouses.iter_mut().filter(|warehouse| warehouse.id == id).for_each(|known| known.kind = kind);
            Ok(())
        })
    }

    /// Lets a warehouse hold a product, with one bin `Unspecified`; gives the holding's record id. `HOME` holds every
    /// product.
    ///
    /// # Errors
    /// When product or warehouse are not there, or the holding exists.
    pub fn add_holding(&self, product_code: &str, warehouse: &str) -> Result<i64, SandboxError> {
        self.with_company(|company, _| {
            let product_id = company.product_mut(product_code)?.id;
            let warehouse_id = company.warehouse(warehouse)?.id;
            if company.holding(product_id, warehouse_id).is_some() {
                return Err(SandboxError::Exists { what: "holding of", key: product_code.to_owned() });
            }
            Ok(company.add_holding(product_id, warehouse_id))
        })
    }

    /// Adds a bin to a holding; gives its record id.
    ///
    /// # Errors
    /// When there is no such holding, or the name is longer than 20.
    pub fn add_bin(&self, product_code: &str, warehouse: &str, name: &str) -> Result<i64, SandboxError> {
        self.with_company(|company, _| {
            let name = fits("name", name, 20)?;
            company.first_bin(product_code, warehouse)?;
            let product_id = company.product_mut(product_code)?.id;
            let warehouse_id = company.warehouse(warehouse)?.id;
            let id = company.take_stock_id();
            let mut holdings = company.holdings.iter_mut();
            if let Some(holding) = holdings.find(|h| h.product_id == product_id && h.warehouse_id == warehouse_id) {
                holding.bins.push(Bin { id, name, in_stock: Decimal::ZERO, allocated: Decimal::ZERO });
            }
            Ok(id)
        })
    }

    /// Opening stock: no movement is written. Goes into the first bin.
    ///
    /// # Errors
    /// When there is no such holding, or the quantity is out of bounds.
    pub fn set_stock(&self, product_code: &str, warehouse: &str, quantity: Decimal) -> Result<(), SandboxError> {
        self.with_company(|company, _| {
            let quantity = in_bounds("quantity", quantity)?;
            company.first_bin(product_code, warehouse)?.in_stock = quantity;
            Ok(())
        })
    }

    /// What orders have allocated: stock that is there, but not free.
    ///
    /// # Errors
    /// When there is no such holding, or the quantity is out of bounds.
    pub fn set_allocated(&self, product_code: &str, warehouse: &str, quantity: Decimal) -> Result<(), SandboxError> {
        self.with_company(|company, _| {
            let quantity = in_bounds("quantity", quantity)?;
            company.first_bin(product_code, warehouse)?.allocated = quantity;
            Ok(())
        })
    }

    /// List price of a product: what a line without a price gets. Zero at first.
    ///
    /// # Errors
    /// When the product is not there, or the price is out of bounds.
    pub fn set_list_price(&self, product_code: &str, price: Decimal) -> Result<(), SandboxError> {
        self.with_company(|company, _| {
            let price = in_bounds("price", price)?;
            company.product_mut(product_code)?.price = price;
            Ok(())
        })
    }

    /// Makes a product a miscellaneous one, which no warehouse keeps and nothing moves.
    ///
    /// # Errors
    /// When the product is not there.
    pub fn keep_no_stock(&self, product_code: &str) -> Result<(), SandboxError> {
        self.with_company(|company, _| {
            company.product_mut(product_code)?.stocked = false;
            Ok(())
        })
    }

    /// Makes a product one that is traced by batch, which a sales return can't carry here.
    ///
    /// # Errors
    /// When the product is not there.
    pub fn trace_by_batch(&self, product_code: &str) -> Result<(), SandboxError> {
        self.with_company(|company, _| {
            company.product_mut(product_code)?.traced = true;
            Ok(())
        })
    }

    /// Stock of a product in a warehouse, allocated or not.
    pub fn stock_in(&self, product_code: &str, warehouse: &str) -> Option<Decimal> {
        self.with_company(|company, _| {
            let product_id = company.product_mut(product_code).ok()?.id;
            let warehouse_id = company.warehouse(warehouse).ok()?.id;
            company.holding(product_id, warehouse_id).map(Holding::in_stock)
        })
    }
}
