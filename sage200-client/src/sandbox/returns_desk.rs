//! What people do with sales returns at the Sage desktop.

use super::{
    Desktop, SandboxError,
    documents::{Document, Line, LineKind, NewLine, Standing},
    state::{Company, in_bounds},
    writes::Family,
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

/// # Sales returns
///
/// Returns are named by their number, lines by their number from 1.
///
/// # Errors
/// [`SandboxError::Refused`] with the reason when Sage would not let a person do it as the document stands.
impl Desktop {
    fn on_return<T>(
        &self,
        return_no: &str,
        act: impl FnOnce(&mut Company, &mut Document, DateTime<Utc>) -> Result<T, SandboxError>,
    ) -> Result<T, SandboxError> {
        self.act(|company, now| {
            let mut document = company.sales_return(return_no)?.clone();
            let done = act(company, &mut document, now)?;
            document.updated = now;
            *company.sales_return(return_no)? = document;
            Ok(done)
        })
    }

    /// The number of the latest return with this customer document number that is not cancelled.
    pub fn find_return(&self, customer_document_no: &str) -> Result<String, SandboxError> {
        self.act(|company, _| {
            let is_it = |document: &&Document| {
                document.is_return
                    && document.standing != Standing::Cancelled
                    && document.customer_document_no.eq_ignore_ascii_case(customer_document_no)
            };
            let found = company.documents.iter().rev().find(is_it).map(|document| document.document_no.clone());
            found.ok_or_else(|| SandboxError::UnknownDocument { document_no: customer_document_no.to_owned() })
        })
    }

    /// Stores confirm so many pieces of these lines in, into the warehouses of the lines. Gives the number of the
    /// receipt. Stock moves now if `update_stock_on_despatch` is on, otherwise when the credit note is posted.
    pub fn confirm_goods_in(&self, return_no: &str, goods: &[(i64, Decimal)]) -> Result<String, SandboxError> {
        self.act(|company, now| company.receive(return_no, goods, now))
    }

    /// As [`confirm_goods_in`](Self::confirm_goods_in), into another warehouse: the lines are changed to it first.
    pub fn confirm_goods_into(
        &self,
        return_no: &str,
        warehouse: &str,
        goods: &[(i64, Decimal)],
    ) -> Result<String, SandboxError> {
        self.act(|company, now| {
            let before = company.sales_return(return_no)?.clone();
            let warehouse_id = company.warehouse(warehouse)?.id;
            let mut document = before.clone();
            for line in document.lines.iter_mut().filter(|line| goods.iter().any(|(number, _)| *number == line.number))
            {
                let Some(product) = &line.product else { continue };
                if company.holding(product.id, warehouse_id).is_none() {
                    return Err(SandboxError::NoHolding {
                        code: product.code.clone(),
                        warehouse: warehouse.to_owned(),
                    });
                }
                if line.despatched > Decimal::ZERO && line.warehouse != Some(warehouse_id) {
                    return Err(before.refuse("a part of the line is received into its warehouse already"));
                }
                line.warehouse = Some(warehouse_id);
            }
            *company.sales_return(return_no)? = document;
            let received = company.receive(return_no, goods, now);
            if received.is_err() {
                *company.sales_return(return_no)? = before;
            }
            received
        })
    }

    /// Another item came than the line says. The line is changed to it, its price and tax code stay; then it is
    /// confirmed in full. Gives the number of the receipt.
    pub fn receive_wrong_item(&self, return_no: &str, line: i64, product_code: &str) -> Result<String, SandboxError> {
        let quantity = self.on_return(return_no, |company, document, _| {
            document.can_be_edited()?;
            let product = company.product_mut(product_code)?.clone();
            let warehouse = document.line(line)?.warehouse;
            if warehouse.is_none_or(|warehouse| company.holding(product.id, warehouse).is_none()) {
                let warehouse = warehouse.map(|id| company.warehouse_name(id).to_owned()).unwrap_or_default();
                return Err(SandboxError::NoHolding { code: product_code.to_owned(), warehouse });
            }
            if document.standing == Standing::OnHold {
                return Err(document.refuse("it is on hold; make it live first"));
            }
            if document.line(line)?.despatched > Decimal::ZERO {
                return Err(document.refuse(format!("line {line} is received in part")));
            }
            let changed = document.line(line)?;
            changed.code.clone_from(&product.code);
            changed.description.clone_from(&product.name);
            changed.product = Some(product);
            Ok(changed.quantity)
        })?;
        self.confirm_goods_in(return_no, &[(line, quantity)])
    }

    /// Sales office prints the credit note of what is received and not yet credited, with all charges. Gives its
    /// number. The lines count as credited from now on; the ledger knows nothing yet.
    pub fn print_credit_note(&self, return_no: &str) -> Result<String, SandboxError> {
        self.act(|company, now| company.print_credit(return_no, false, now))
    }

    /// Posts a printed credit note, named by its own number. Gives the URN, or none when it went into the pending file.
    pub fn post_printed_credit_note(&self, credit_note_no: &str) -> Result<Option<i64>, SandboxError> {
        self.act(|company, now| {
            let at_once = company.settings.credit_notes_reach_ledger;
            company.post_credit(credit_note_no, at_once, now)
        })
    }

    /// Moves the pending file into the ledger. Gives the URNs.
    pub fn update_ledgers(&self) -> Result<Vec<i64>, SandboxError> {
        self.act(Company::update_ledgers)
    }

    /// Puts a return on hold.
    pub fn hold_return(&self, return_no: &str) -> Result<(), SandboxError> {
        self.stand(return_no, Standing::OnHold)
    }

    /// Makes a return live again.
    pub fn make_return_live(&self, return_no: &str) -> Result<(), SandboxError> {
        self.stand(return_no, Standing::Live)
    }

    /// Cancels what is not yet received of a return: all of it, or the rest.
    pub fn cancel_return(&self, return_no: &str) -> Result<(), SandboxError> {
        self.stand(return_no, Standing::Cancelled)
    }

    fn stand(&self, return_no: &str, wanted: Standing) -> Result<(), SandboxError> {
        self.on_return(return_no, |_, document, now| {
            document.stand(wanted, now).map_err(|reason| document.refuse(reason))
        })
    }

    /// Changes the quantity of a line: not below what is received or credited.
    pub fn change_return_quantity(&self, return_no: &str, line: i64, quantity: Decimal) -> Result<(), SandboxError> {
        self.edit_line(return_no, line, |line, refuse| {
            let quantity = in_bounds("quantity", quantity)?;
            let done = line.despatched.max(line.invoiced);
            if line.kind == LineKind::Charge || quantity <= Decimal::ZERO || quantity < done {
                return Err(refuse(format!("line {} can't have {quantity} pieces; {done} are done", line.number)));
            }
            line.quantity = quantity;
            Ok(())
        })
    }

    /// Changes the price of a line: not once a part of it is credited.
    pub fn change_return_price(&self, return_no: &str, line: i64, price: Decimal) -> Result<(), SandboxError> {
        self.edit_line(return_no, line, |line, refuse| {
            if line.invoiced > Decimal::ZERO {
                return Err(refuse(format!("line {} is credited at its price", line.number)));
            }
            line.unit_price = in_bounds("unit_price", price)?;
            let discount = line.unit_price.saturating_mul(line.unit_discount_percent) / Decimal::ONE_HUNDRED;
            if !line.unit_discount_percent.is_zero() {
                line.unit_discount = discount.round_dp(5);
            }
            line.price_overridden = line.kind == LineKind::Standard;
            Ok(())
        })
    }

    fn edit_line(
        &self,
        return_no: &str,
        line: i64,
        edit: impl FnOnce(&mut Line, &dyn Fn(String) -> SandboxError) -> Result<(), SandboxError>,
    ) -> Result<(), SandboxError> {
        self.on_return(return_no, |_, document, _| {
            document.can_be_edited()?;
            let number = document.document_no.clone();
            let refuse = |reason| SandboxError::Refused { document_no: number.clone(), reason };
            let inclusive = document.tax_inclusive;
            let line = document.line(line)?;
            if line.kind == LineKind::Comment || line.is_complete() {
                return Err(refuse(format!("line {} can't be edited", line.number)));
            }
            edit(line, &refuse)?;
            line.value(inclusive);
            document.not_negative()
        })
    }

    /// Adds a line. Gives its number.
    pub fn add_return_line(&self, return_no: &str, line: NewLine) -> Result<i64, SandboxError> {
        self.on_return(return_no, |company, document, _| {
            document.can_be_edited()?;
            let number = document.lines.iter().map(|line| line.number).max().unwrap_or(0) + 1;
            document.lines.push(company.enter_line(line, number, document.tax_inclusive, [false, false])?);
            document.not_negative()?;
            Ok(number)
        })
    }

    /// Deletes a line of which nothing is received or credited.
    pub fn delete_return_line(&self, return_no: &str, line: i64) -> Result<(), SandboxError> {
        self.on_return(return_no, |_, document, _| {
            document.can_be_edited()?;
            let gone = document.line(line)?;
            if gone.despatched > Decimal::ZERO || gone.invoiced > Decimal::ZERO {
                return Err(document.refuse(format!("line {line} is received or credited in part")));
            }
            document.lines.retain(|kept| kept.number != line);
            document.not_negative()
        })
    }

    /// Deletes a return of which nothing is received or credited.
    pub fn delete_return(&self, return_no: &str) -> Result<(), SandboxError> {
        self.act(|company, _| {
            let document = company.sales_return(return_no)?.clone();
            company.delete(Family::Returns, document.id).map_err(|refusal| document.refuse(refusal.message))
        })
    }

    /// Archives a completed or cancelled return: it vanishes from every list with its receipts and credit notes; what
    /// is posted stays in the ledger.
    pub fn archive_return(&self, return_no: &str) -> Result<(), SandboxError> {
        self.act(|company, _| {
            let document = company.sales_return(return_no)?;
            if document.is_complete() || document.standing == Standing::Cancelled {
                return Ok(());
            }
            Err(document.refuse("only completed and cancelled returns are archived"))
        })?;
        self.archive_order(return_no)
    }

    /// Opens an order or a return on a screen: until it is closed, the API finds it locked.
    pub fn open_document(&self, document_no: &str) -> Result<(), SandboxError> {
        self.act(|company, _| {
            let document = company.document_mut(document_no)?;
            if document.locked {
                return Err(document.refuse("it is open already"));
            }
            document.locked = true;
            Ok(())
        })
    }

    /// Closes it.
    pub fn close_document(&self, document_no: &str) -> Result<(), SandboxError> {
        self.act(|company, _| {
            let document = company.document_mut(document_no)?;
            if !document.locked {
                return Err(document.refuse("it is not open"));
            }
            document.locked = false;
            Ok(())
        })
    }
}

impl Document {
    fn can_be_edited(&self) -> Result<(), SandboxError> {
        match self.standing {
            Standing::Cancelled => Err(self.refuse("it is cancelled")),
            Standing::Draft => Err(self.refuse("it is a draft that the API has not confirmed")),
            Standing::Live | Standing::OnHold if self.is_complete() => Err(self.refuse("it is completed")),
            Standing::Live | Standing::OnHold => Ok(()),
        }
    }

    fn line(&mut self, number: i64) -> Result<&mut Line, SandboxError> {
        let unknown = || SandboxError::UnknownLine { document_no: self.document_no.clone(), line: number };
        let at = self.lines.iter().position(|line| line.number == number).ok_or_else(unknown)?;
        let missing = SandboxError::UnknownLine { document_no: self.document_no.clone(), line: number };
        self.lines.get_mut(at).ok_or(missing)
    }

    fn not_negative(&self) -> Result<(), SandboxError> {
        let totals = self.totals();
        if totals.tax < Decimal::ZERO || totals.gross < Decimal::ZERO {
            return Err(self.refuse("its total would be less than nothing"));
        }
        Ok(())
    }
}
