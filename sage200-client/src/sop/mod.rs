//! Sales orders and sales returns before they are sent: parts, rules, body.

mod address;
mod amendment;
mod analysis;
mod body;
mod faults;
mod lines;
mod rules;
mod sales_order;
mod sales_return;
mod status;
mod totals;
mod violations;

pub use address::{AddressFault, AddressFaults, AddressParts, DeliveryAddress};
pub use amendment::{AmendmentParts, LineChange, ReturnAmendment};
pub use analysis::{AnalysisCodes, SlotError};
pub use faults::{SopDocument, SopFault, SopFaults};
pub use lines::{LineNominal, SopItem, SopLine};
pub use rules::SiteRules;
pub use sales_order::{DeliverTo, NotAPriority, OrderDraft, OrderParts, OrderPriority};
pub use sales_return::{ReturnDraft, ReturnParts};
pub use status::{PresumedStatus, ReturnStatus, StatusAdaptor, StatusRequest, StatusVerb};
pub use totals::SopTotals;
pub use violations::{SiteRule, Violation, Violations};
