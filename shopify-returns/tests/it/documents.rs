//! Every operation that is sent, against Shopify's own schema, where that is at hand. It is Shopify's and not part of this
//! repository.

use apollo_compiler::{
    ExecutableDocument, Node, Schema,
    ast::{Type, Value},
    executable::{Argument, Directive, SelectionSet},
    schema::{ExtendedType, InputValueDefinition},
    validation::Valid,
};
use shopify_returns::documents;
use std::path::Path;

/// The schema; `None` where it is absent.
fn schema() -> Option<Valid<Schema>> {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/reference/shopify-schema/admin_2026-10.graphql");
    let Ok(text) = std::fs::read_to_string(&file) else {
        println!("SKIPPED: Shopify's schema is not here, so nothing was compared with it");
        return None;
    };
    // Built into newer GraphQL than the validator speaks.
    let text = format!("directive @oneOf on INPUT_OBJECT\n{text}");
    Some(Schema::parse_and_validate(text, "admin.graphql").unwrap_or_else(|wrong| panic!("{}", wrong.errors)))
}

/// Everything that is wrong with a document: what does not validate, and what is deprecated.
fn faults(schema: &Valid<Schema>, name: &str, text: &str) -> Vec<String> {
    let document = match ExecutableDocument::parse_and_validate(schema, text, name) {
        Ok(document) => document,
        Err(wrong) => return vec![wrong.errors.to_string()],
    };
    let mut found = Vec::new();
    for operation in document.operations.iter() {
        for variable in &operation.variables {
            values(schema, &variable.ty, variable.default_value.as_ref(), &mut found);
        }
        selected(schema, &operation.selection_set, &mut found);
    }
    for fragment in document.fragments.values() {
        selected(schema, &fragment.selection_set, &mut found);
    }
    found
}

fn is_deprecated(directives: &apollo_compiler::ast::DirectiveList) -> bool {
    directives.has("deprecated")
}

fn selected(schema: &Schema, set: &SelectionSet, found: &mut Vec<String>) {
    use apollo_compiler::executable::Selection;
    for selection in &set.selections {
        match selection {
            Selection::Field(field) => {
                if is_deprecated(&field.definition.directives) {
                    found.push(format!("{}.{} is deprecated", set.ty, field.name));
                }
                arguments(schema, &field.arguments, &field.definition.arguments, found);
                directives(schema, &field.directives, found);
                selected(schema, &field.selection_set, found);
            }
            Selection::InlineFragment(fragment) => selected(schema, &fragment.selection_set, found),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn directives(schema: &Schema, used: &[Node<Directive>], found: &mut Vec<String>) {
    for directive in used {
        let definition = schema.directive_definitions.get(&directive.name).unwrap();
        arguments(schema, &directive.arguments, &definition.arguments, found);
    }
}

fn arguments(schema: &Schema, given: &[Node<Argument>], known: &[Node<InputValueDefinition>], found: &mut Vec<String>) {
    for argument in given {
        let definition = known.iter().find(|known| known.name == argument.name).unwrap();
        if is_deprecated(&definition.directives) {
            found.push(format!("argument {} is deprecated", argument.name));
        }
        values(schema, &definition.ty, Some(&argument.value), found);
    }
}

/// Enum values that are written out.
fn values(schema: &Schema, of: &Type, value: Option<&Node<Value>>, found: &mut Vec<String>) {
    match (value.map(|value| &**value), schema.types.get(of.inner_named_type())) {
        (Some(Value::Enum(value)), Some(ExtendedType::Enum(known)))
            if is_deprecated(&known.values.get(value).unwrap().directives) =>
        {
            found.push(format!("value {value} of {} is deprecated", known.name));
        }
        (Some(Value::List(items)), _) => items.iter().for_each(|item| values(schema, of, Some(item), found)),
        _ => {}
    }
}

/// Fields that a variable's type may carry: what is sent in an input must not be deprecated either.
fn input_fields<'s>(schema: &'s Schema, name: &str) -> Vec<(&'s str, bool)> {
    let Some(ExtendedType::InputObject(input)) = schema.types.get(name) else { panic!("{name} is no input") };
    input.fields.iter().map(|(name, field)| (name.as_str(), is_deprecated(&field.directives))).collect()
}

#[test]
fn every_operation_is_valid_and_touches_nothing_deprecated() {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/documents")).unwrap();
    let texts = folder.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let operations = texts.filter(|text| !text.starts_with("fragment")).count();
    assert_eq!(documents::ALL.len(), operations, "every file is either a fragment or an operation that is listed");
    let Some(schema) = schema() else { return };
    for document in documents::ALL {
        let text = document.text();
        assert_eq!(faults(&schema, document.name, &text), Vec::<String>::new(), "{}", document.name);
        assert!(text.contains(&format!(" {}", document.name)), "the operation's name is the document's");
    }
    // The check itself can fail.
    let order = |field: &str| format!("query Planted($id: ID!) {{ order(id: $id) {{ id {field} }} }}");
    for (field, fault) in [
        ("totalPrice", "Order.totalPrice is deprecated"),
        (
            "lineItems(first: 1) { nodes { ...on LineItem { discountedTotal } } }",
            "LineItem.discountedTotal is deprecated",
        ),
        ("nonsense", "nonsense"),
    ] {
        let found = faults(&schema, "planted", &order(field));
        assert!(found.len() == 1 && found.iter().all(|found| found.contains(fault)), "{field}: {found:?}");
    }
    let without_key = "mutation M($input: RefundInput!) { refundCreate(input: $input) @idempotent { refund { id } } }";
    assert_eq!(faults(&schema, "planted", without_key).len(), 1);
}

#[test]
fn deprecated_arguments_and_values_are_seen() {
    let schema = Schema::parse_and_validate(
        "directive @mark(old: E @deprecated) on FIELD
         enum E { NEW OLD @deprecated }
         type Query { a(b: Int @deprecated, e: E, many: [E]): Int }",
        "sample.graphql",
    )
    .unwrap_or_else(|wrong| panic!("{}", wrong.errors));
    for (query, fault) in [
        ("{ a(b: 1) }", "argument b"),
        ("{ a(e: OLD) }", "value OLD of E"),
        ("{ a(many: [NEW, OLD]) }", "value OLD of E"),
        ("{ a @mark(old: NEW) }", "argument old"),
        ("query Q($e: E = OLD) { a(e: $e) }", "value OLD of E"),
    ] {
        let found = faults(&schema, "planted", query);
        assert!(found.len() == 1 && found.iter().all(|found| found.contains(fault)), "{query}: {found:?}");
    }
    assert!(faults(&schema, "fine", "{ a(e: NEW, many: [NEW]) }").is_empty());
}

#[test]
fn what_a_refund_is_made_of_exists() {
    let Some(schema) = schema() else { return };
    for (input, fields) in [
        ("RefundInput", &["orderId", "currency", "note", "notify", "refundLineItems", "transactions"][..]),
        ("RefundLineItemInput", &["lineItemId", "quantity", "restockType"]),
        ("OrderTransactionInput", &["orderId", "parentId", "gateway", "kind", "amount"]),
    ] {
        let known = input_fields(&schema, input);
        for field in fields {
            assert!(known.contains(&(field, false)), "{input}.{field}");
        }
    }
}
