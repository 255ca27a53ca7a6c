use std::fmt;

/// All rules of a site that a return, or its amendment, breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violations {
    pub(super) document: super::SopDocument,
    pub(super) all: Vec<Violation>,
}

impl Violations {
    /// The violations, at least one.
    pub fn all(&self) -> &[Violation] {
        &self.all
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the site does not take the {}: ", self.document)?;
        for (index, violation) in self.all.iter().enumerate() {
            write!(f, "{}{violation}", if index == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

/// A rule of a site that is broken: where, by which value, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// Where, like `lines[0].warehouse`.
    pub field: String,
    /// The value, or `nothing`.
    pub value: String,
    /// The rule.
    pub rule: SiteRule,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, value, rule } = self;
        write!(f, "{field} is {value}: {}, so {}", rule.says(), rule.help())
    }
}

macro_rules! site_rules {
    ($($(#[$meta:meta])* $name:ident: $says:literal, $help:literal;)*) => {
        /// A rule that a site's settings, permissions or records make.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum SiteRule {
            $($(#[$meta])* $name,)*
        }

        impl SiteRule {
            /// The rule in words.
            pub const fn says(self) -> &'static str {
                match self {
                    $(Self::$name => $says,)*
                }
            }

            /// What to do.
            pub const fn help(self) -> &'static str {
                match self {
                    $(Self::$name => $help,)*
                }
            }
        }
    };
}

site_rules! {
    /// Numbers are given by hand.
    NumberMissing: "this company numbers orders and returns by hand", "give a document number";
    /// Numbers are given by Sage 200.
    NumberIgnored: "Sage 200 numbers orders and returns itself here and would drop ours", "leave it out";
    /// No such account.
    UnknownCustomer: "no such account was read", "read the customer into the rules, or correct the id";
    /// The account is hidden.
    HiddenCustomer: "the account is hidden", "make it active in Sage 200, or use another";
    /// The account has another currency.
    OtherCurrency: "a document is in the account's currency", "use the account of that currency";
    /// The account's currency is not known.
    CurrencyUnknown: "the account's currency was not read", "read currencies with their ISO codes into the rules";
    /// Products can't be entered.
    StandardForbidden: "this company enters free text lines only", "use a free text line, or change the SOP settings";
    /// Free text can't be entered.
    FreeTextForbidden: "this company enters product lines only", "use a charge, or change the SOP settings";
    /// Header analysis codes are closed.
    HeaderCodesClosed: "analysis codes of headers can't be amended here", "leave them out, or change the SOP settings";
    /// Line analysis codes are closed.
    LineCodesClosed: "analysis codes of lines can't be amended here", "leave them out, or change the SOP settings";
    /// Nominal accounts are closed.
    NominalClosed: "nominal accounts can't be amended here", "leave it out, or change the SOP settings";
    /// Prices are closed to the user.
    PriceForbidden: "the user may not override prices", "allow it in the user's SOP permissions";
    /// No analysis code has that number.
    CodeUnmapped: "no analysis code has that number here, and Sage 200 would drop the text", "use one that is set up";
    /// The analysis code is read only.
    CodeReadOnly: "the analysis code is read only", "leave it out";
    /// The analysis code is mandatory.
    CodeMissing: "the analysis code is mandatory", "give it";
    /// The value is not on the list.
    CodeNotListed: "the analysis code takes only values on its list", "use one of them, or add it in Sage 200";
    /// The list was not read.
    CodeListUnread: "the analysis code takes only values on its list, which Sage 200 did not show",
        "use an analysis code that takes any text";
    /// No such warehouse.
    UnknownWarehouse: "there is no such warehouse", "use one that `warehouses` lists";
    /// A warehouse from which nothing is sold.
    NotForTrading: "the warehouse is not used for sales trading", "use one that is, or change it in Sage 200";
    /// The product is not kept there.
    NoHolding: "the product is not kept in that warehouse", "add the warehouse to the product in Sage 200";
    /// No such product.
    UnknownProduct: "no such product was read", "read the product into the rules, or correct the id";
    /// The product is inactive.
    InactiveProduct: "the product is inactive", "make it active in Sage 200, or enter the document there";
    /// The product is not for sale.
    NotForSale: "the product can't be put on sales documents", "allow it in Sage 200, or enter the document there";
    /// The product is traced.
    Traceable: "the product is traced by batch or serial number, which a return can't carry here",
        "enter the return in Sage 200";
    /// No such charge.
    UnknownCharge: "there is no such additional charge", "use one that `sop_additional_charges` lists";
    /// Gross or VAT below zero.
    NegativeTotal: "the gross value and VAT of a document can't be negative", "take less off";
}
