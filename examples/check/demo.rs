//! Nothing configured: the invented shop as it is, and what would be in its way if it wanted more.

use crate::{Args, print, write};
use returns_examples::{Day, Oops, Shop, say, terminal::heading};
use returns_sync::{
    policy::{Policy, RefundGate, Route, SalesReturns},
    probe::probe,
};
use returns_wire::MemoryQuota;
use sage200_client::{
    MemoryTokens,
    sandbox::{AnalysisLevel, NewMapping, Permissions, Version, WarehouseKind},
};
use std::sync::Arc;

/// Looks twice. Gives 0: what is wrong the second time belongs to the story.
pub(crate) async fn look(args: &Args) -> Result<u8, Oops> {
    let shop = Shop::open()?;
    let tokens = Arc::new(MemoryTokens::new(shop.tokens()));
    let (systems, _served) = shop.on_loopback(Arc::new(MemoryQuota::default()), tokens).await?;

    say!("Nothing is configured, so this looks at sandboxes: an invented shop, on Sage 200 2024 R1.");
    let policy = Day::policy()?;
    let found = probe(&systems, Some(&policy)).await?;
    print::site(&found);
    print::verdict(&found, &policy);

    heading("A year later");
    say!("Sage 200 is now 2025 R1, and the shop wants sales returns in Sage and refunds by this program. Somebody has");
    say!("written that down without looking.");
    shop.sage.set_version(Version::R2025_1);
    shop.sage.add_warehouse("RETURNS", WarehouseKind::Returns)?;
    shop.sage.add_analysis_mapping(NewMapping::new(AnalysisLevel::Header, 1, "Web order"))?;
    let channel = NewMapping {
        values: vec!["Web".to_owned(), "Trade".to_owned()],
        allow_overtype: false,
        ..NewMapping::new(AnalysisLevel::Header, 2, "Channel")
    };
    shop.sage.add_analysis_mapping(channel)?;
    shop.sage.set_permissions(Permissions { override_prices_discounts: false, ..Permissions::default() });
    shop.shopify.set_scopes(&["read_orders"]);
    let wanted = Policy {
        route: Route::SalesReturn,
        refund_gate: RefundGate::ShopifyRefund,
        sales_returns: Some(SalesReturns { warehouse: "RETURN".to_owned(), order_code: 2 }),
        ..policy
    };
    let found = probe(&systems, Some(&wanted)).await?;
    write(args, &found)?;
    print::verdict(&found, &wanted);
    say!("\nA real check like this one exits with {}; this story exits with 0.", found.exit_code());
    Ok(0)
}
