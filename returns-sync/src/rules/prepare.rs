//! Sales returns before they are entered: units valued, one document built.

use super::{DocumentFacts, OrderFacts, Step, decide::Deciding, orders::Refusal, units};
use crate::{
    exception::{Code, Owner},
    journal::{Disposition, OrderLink, PreparedUnit, ReturnIntent, UnitValue, VatRounding},
    policy::Policy,
};
use returngo_client::{Item, ReturnedItemId, RmaStatus};
use returns_wire::{JsonDecimal, Money, Rounding};
use rust_decimal::Decimal;
use sage200_client::{
    AnalysisCodes, AnalysisText, CustomerDocumentNo, LineNominal, ReturnDraft, ReturnParts, SopItem, SopLine, TaxTable,
};
use std::collections::BTreeMap;

/// The document of an intent. VAT codes are resolved anew against `table`.
pub(crate) fn return_draft<'t>(
    intent: &ReturnIntent,
    table: &'t TaxTable,
    policy: &Policy,
) -> Result<ReturnDraft<'t>, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let code = policy.sales_returns.as_ref().ok_or("no analysis code is chosen for sales returns")?.order_code;
    let mut lines = Vec::new();
    for prepared in intent.units.iter().flat_map(PreparedUnit::lines) {
        let sold = prepared.tax;
        let tax = table.by_id(sold.id).map_err(|error| text(&error))?;
        if (tax.rate(), tax.number()) != (sold.rate.get(), sold.number) {
            let (then, now) = (sold.rate.get().normalize(), tax.rate().normalize());
            let number = sold.number;
            return Err(format!("VAT code {number} had {then}% when the value was computed and has {now}% today"));
        }
        let mut line = SopLine::new(SopItem::Standard {
            product: prepared.product,
            warehouse: intent.warehouse,
            quantity: JsonDecimal(Decimal::ONE),
            tax,
            unit_price: Some(JsonDecimal(intent.price(&prepared))),
            description: None,
        });
        line.nominal = policy.nominal.as_ref().map(|nominal| LineNominal {
            account: nominal.account.clone(),
            cost_centre: nominal.cost_centre.clone(),
            department: nominal.department.clone(),
        });
        lines.push(line);
    }
    let analysis_codes = AnalysisCodes::new().with(code, intent.order_no.clone()).map_err(|error| text(&error))?;
    ReturnDraft::new(ReturnParts {
        customer: intent.order.customer,
        date: intent.date,
        currency: policy.currency,
        document_no: None,
        customer_document_no: Some(intent.key.clone()),
        analysis_codes,
        lines,
    })
    .map_err(|faults| text(&faults))
}

impl<'f> Deciding<'f> {
    /// One sales return for everything that is valued: what has come and what is to come. While some of it can't be
    /// valued, it is held until goods are there, so that it stays one document.
    pub(super) fn prepare(
        &mut self,
        order: OrderLink,
        mut values: BTreeMap<ReturnedItemId, UnitValue>,
        due: &[(&'f Item, Disposition)],
        awaiting: &[&'f Item],
    ) -> Option<Step> {
        let (documents, found) = (self.facts.documents?, self.facts.order?);
        // Of what is finished nothing more is expected than what has arrived.
        let done = *self.facts.rma.status() == RmaStatus::Done;
        let rma = self.facts.rma;
        let expected: Vec<_> = awaiting.iter().filter(|item| !done || units::arrived(rma, item)).collect();
        values.retain(|unit, _| {
            let is_due = due.iter().any(|(item, _)| item.returned_item_id == *unit);
            is_due || expected.iter().any(|item| item.returned_item_id == *unit)
        });
        if values.is_empty() || (due.is_empty() && values.len() < expected.len()) {
            return None;
        }
        let names: Vec<_> = values.keys().cloned().collect();
        if !self.unclaimed(documents).is_empty() {
            self.wait_for(Owner::Finance, "the credit notes of others that carry the RMA to be looked at".to_owned());
            return None;
        }
        let intent = match self.return_intent(order, values, documents, found) {
            Ok(intent) => intent,
            Err((code, why)) => {
                self.find(code, names, why);
                return None;
            }
        };
        let gross = match intent.gross() {
            Ok(gross) => gross,
            Err(error) => {
                self.find(Code::ValueUnreadable, names, error.to_string());
                return None;
            }
        };
        let cap = self.policy.caps.value_per_document;
        if gross.amount() > cap.amount() {
            self.find(Code::CreditTooLarge, names, format!("{gross}, allowed {cap}"));
        } else if let Some(why) = self.beyond_paid(&intent.order, gross) {
            self.find(Code::CreditExceedsPaid, names, why);
        } else {
            return Some(Step::PrepareReturn { intent, resend: false });
        }
        None
    }

    fn return_intent(
        &self,
        order: OrderLink,
        values: BTreeMap<ReturnedItemId, UnitValue>,
        documents: &DocumentFacts,
        found: &OrderFacts,
    ) -> Result<ReturnIntent, Refusal> {
        let company = self.facts.company;
        let not_built = |why: String| (Code::ReturnNotBuilt, why);
        let site = company.returns.as_ref().zip(company.prices_include_tax);
        let (site, prices_include_tax) =
            site.ok_or_else(|| not_built("Sage's settings for sales returns were not read".to_owned()))?;
        let warehouse = site.warehouse;
        let too_long = |error: sage200_client::FieldError| (Code::TextTooLong, error.to_string());
        let (second, _) = self.references(&order)?;
        let key = CustomerDocumentNo::new(second.as_str()).map_err(too_long)?;
        let order_no = AnalysisText::new(order.customer_document_no.as_str()).map_err(too_long)?;
        let units = values.into_values().map(|value| {
            let record = |sku: &str| {
                let is_it = |code: &str| code.trim().eq_ignore_ascii_case(sku.trim());
                let product = found.products.iter().find(|product| product.code.as_deref().is_some_and(is_it));
                product
                    .map(|product| product.id)
                    .ok_or_else(|| (Code::SkuUnknown, format!("{sku} is no product in Sage")))
            };
            let product = value.tax.map(|_| record(&value.sku)).transpose()?;
            let components = value.parts.iter().map(|part| record(&part.sku)).collect::<Result<_, _>>()?;
            Ok(PreparedUnit { value, product, components })
        });
        let (date, rounding) = (documents.today, Vec::new());
        let units = units.collect::<Result<Vec<_>, Refusal>>()?;
        let mut intent = ReturnIntent { key, order_no, date, order, warehouse, prices_include_tax, units, rounding };
        intent.rounding = self.line_rounding(&intent).map_err(|why| (Code::VatRounding, why))?;
        let mut rules = site.rules.clone();
        rules.customers = found.customer.iter().cloned().collect();
        rules.products = found.products.clone();
        let draft = return_draft(&intent, &company.tax, self.policy).map_err(not_built)?;
        draft.check(&rules).map_err(|violations| not_built(violations.to_string()))?;
        Ok(intent)
    }

    /// What Sage will compute line by line: what its VAT differs by from what was paid, told to finance. It can't be more
    /// than a penny a line.
    fn line_rounding(&self, intent: &ReturnIntent) -> Result<Vec<VatRounding>, String> {
        let currency = self.policy.currency;
        let mut groups: BTreeMap<i16, (Decimal, Decimal)> = BTreeMap::new();
        for line in intent.units.iter().flat_map(PreparedUnit::lines) {
            let (tax, price) = (line.tax, intent.price(&line));
            let rate = tax.rate.get();
            let base = if intent.prices_include_tax { Decimal::ONE_HUNDRED + rate } else { Decimal::ONE_HUNDRED };
            let predicted = Money::rounded(price * rate / base, currency, Rounding::HalfUp);
            let predicted = predicted.map_err(|error| error.to_string())?.amount();
            if (predicted - line.vat.amount()).abs() > currency.smallest() {
                let (number, vat) = (tax.number, line.vat);
                return Err(format!("VAT code {number} on a line of {price} gives {predicted}, paid was {vat}"));
            }
            let group = groups.entry(tax.number).or_default();
            *group = (group.0 + predicted, group.1 + line.vat.amount());
        }
        let money = |amount| Money::new(amount, currency).map_err(|error| error.to_string());
        let off = groups.into_iter().filter(|(_, (predicted, paid))| predicted != paid);
        let told = off.map(|(number, (predicted, paid))| {
            Ok(VatRounding { number, predicted: money(predicted)?, posted: money(paid)? })
        });
        told.collect()
    }
}
