//! The OpenAPI 3.1 document, generated from the same declarations as everything else.
//!
//! It is checked in as `openapi/sealbridge.json`; a test compares, so that a change of the protocol shows in the
//! diff.

use serde_json::{Map, Value, json};

use crate::code::{Code, SUCCESS};
use crate::endpoints::{BodyKind, ENDPOINTS, EndpointInfo, Party};
use crate::resources::{RESOURCES, ResourceInfo};
use crate::scalar::TableType;
use crate::schema::{FieldInfo, Need, TableInfo};
use crate::values::Version;
use crate::wire;

/// HTTP statuses of refusals, with what they mean.
const REFUSALS: [(&str, &str); 7] = [
    ("400", "The request is not in order (2xxxx, 10002)."),
    ("401", "The caller is not who it says (10001, 10003 to 10006)."),
    ("403", "The caller may not do this (10007, 10008, 10010)."),
    ("413", "Too large (20010)."),
    ("429", "Too many requests (10009)."),
    ("500", "A fault of the answering system (99999)."),
    ("503", "Busy, or the seal system does not answer (90001, 60001)."),
];

const DESCRIPTION: &str = "Interfaces of the electronic seal interoperability and mutual recognition platform \
(电子印章互通互认服务平台). Every request carries `sign`, an SM2 signature of its canonical string; every answer \
carries X-Seal-* headers signed over its exact bytes and bound to the request. Fields marked x-seal-extension are \
not in the standard's tables. Unknown parameters are covered by the signature and otherwise ignored.";

/// The document.
pub fn document() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "sealbridge",
            "version": Version::TEXT,
            "description": DESCRIPTION,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "paths": paths(),
        "components": {
            "schemas": schemas(),
            "headers": reply_headers(),
            "responses": refusals(),
        },
        "x-seal-codes": codes(),
    })
}

fn paths() -> Value {
    let mut paths = Map::new();
    for endpoint in ENDPOINTS {
        paths.insert(endpoint.path.to_owned(), json!({ "post": operation(endpoint) }));
    }
    for resource in RESOURCES {
        paths.insert(resource.path.to_owned(), json!({ "get": resource_operation(resource) }));
    }
    Value::Object(paths)
}

fn party(party: Party) -> &'static str {
    match party {
        Party::Platform => "platform",
        Party::SealSystem => "seal-system",
        Party::UkeyAgent => "ukey-agent",
    }
}

fn operation(endpoint: &EndpointInfo) -> Value {
    let served_by: Vec<&str> = endpoint.served_by.iter().map(|p| party(*p)).collect();
    let tables: Vec<u8> = [endpoint.request.number, endpoint.envelope]
        .into_iter()
        .chain(endpoint.answers.iter().map(|table| table.number))
        .flatten()
        .collect();
    let mut operation = json!({
        "operationId": endpoint.name,
        "summary": line(endpoint.doc),
        "x-seal-clause": endpoint.clause,
        "x-seal-tables": tables,
        "x-seal-served-by": served_by,
        "requestBody": { "required": true, "content": request_content(endpoint) },
    });
    let data = (endpoint.data_schema)(endpoint.data_type);
    operation["responses"] = responses(&json!({ "anyOf": [data, error_data()] }));
    if let BodyKind::Json { max_bytes } = endpoint.body {
        operation["x-seal-max-bytes"] = max_bytes.into();
    }
    operation
}

/// A request, plus a forwarded caller's where a seal system serves the interface.
fn request_content(endpoint: &EndpointInfo) -> Value {
    let own = reference(endpoint.request.type_name);
    let schema = if endpoint.served_by.contains(&Party::SealSystem) {
        json!({ "allOf": [own, reference("ForwardedOrigin")] })
    } else {
        own
    };
    match endpoint.body {
        BodyKind::Json { .. } => json!({ "application/json": { "schema": schema } }),
        BodyKind::Multipart => json!({ "multipart/form-data": { "schema": schema } }),
    }
}

fn resource_operation(resource: &ResourceInfo) -> Value {
    let mut operation = json!({ "operationId": resource.name, "summary": line(resource.doc) });
    operation["responses"] = match resource.data_schema {
        Some(schema) => responses(&schema(TableType::Object)),
        None => json!({ "200": { "description": "As described." } }),
    };
    operation
}

fn responses(data: &Value) -> Value {
    let mut responses = Map::new();
    let body = json!({
        "type": "object",
        "required": ["code", "message", "data"],
        "properties": {
            "code": code_schema(true),
            "message": { "type": "string", "description": "For people, Chinese first." },
            "data": data,
        },
    });
    responses.insert(
        "200".to_owned(),
        json!({
            "description": "The result, or a refusal after the request was let in (3xxxx to 6xxxx).",
            "headers": header_references(),
            "content": { "application/json": { "schema": body } },
        }),
    );
    for (status, _) in REFUSALS {
        responses
            .insert(status.to_owned(), json!({ "$ref": format!("#/components/responses/Refusal{status}") }));
    }
    Value::Object(responses)
}

fn refusals() -> Value {
    let body = json!({
        "type": "object",
        "required": ["code", "message", "data"],
        "properties": { "code": code_schema(false), "message": { "type": "string" }, "data": error_data() },
    });
    let mut map = Map::new();
    for (status, meaning) in REFUSALS {
        map.insert(
            format!("Refusal{status}"),
            json!({
                "description": meaning,
                "headers": header_references(),
                "content": { "application/json": { "schema": body } },
            }),
        );
    }
    Value::Object(map)
}

fn code_schema(with_success: bool) -> Value {
    let success = with_success.then_some(SUCCESS);
    let values: Vec<&str> = success.into_iter().chain(Code::ALL.iter().map(|code| code.text())).collect();
    json!({ "type": "string", "enum": values })
}

fn error_data() -> Value {
    json!({ "oneOf": [{ "type": "null" }, reference("ErrorData")] })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

const HEADERS: [(&str, &str, &str); 6] = [
    ("X-Seal-Request-Id", wire::HEADER_REQUEST_ID, "Names the request in the answerer's log."),
    ("X-Seal-Time", wire::HEADER_TIME, "When the answer was made, milliseconds since 1970 UTC."),
    ("X-Seal-Nonce", wire::HEADER_NONCE, "Random."),
    (
        "X-Seal-Key-Id",
        wire::HEADER_KEY_ID,
        "Lower-case hexadecimal SM3 of the signing key's SubjectPublicKeyInfo.",
    ),
    (
        "X-Seal-Request-Hash",
        wire::HEADER_REQUEST_HASH,
        "Lower-case hexadecimal SM3 of the request's canonical string; \"-\" when there is none, and then the \
         answer is a refusal.",
    ),
    ("X-Seal-Signature", wire::HEADER_SIGNATURE, "SM2 signature, strict DER in standard Base64."),
];

fn reply_headers() -> Value {
    let entry = |(name, _, doc): &(&str, &str, &str)| {
        ((*name).to_owned(), json!({ "required": true, "description": doc, "schema": { "type": "string" } }))
    };
    Value::Object(HEADERS.iter().map(entry).collect())
}

fn header_references() -> Value {
    let entry = |(name, _, _): &(&str, &str, &str)| {
        ((*name).to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }))
    };
    Value::Object(HEADERS.iter().map(entry).collect())
}

fn schemas() -> Value {
    let mut schemas = Map::new();
    for endpoint in ENDPOINTS {
        for table in [endpoint.request].into_iter().chain(endpoint.answers.iter().copied()) {
            schemas.insert(table.type_name.to_owned(), table_schema(table));
        }
    }
    for table in RESOURCES.iter().flat_map(|resource| resource.answers) {
        schemas.insert(table.type_name.to_owned(), table_schema(table));
    }
    schemas.insert("ForwardedOrigin".to_owned(), forwarded_origin());
    schemas.insert("ErrorData".to_owned(), error_data_schema());
    Value::Object(schemas)
}

fn table_schema(table: &TableInfo) -> Value {
    let rows = table.rows();
    let required: Vec<&str> = rows.iter().filter(|f| f.need == Need::Required).map(|f| f.name).collect();
    let properties: Map<String, Value> =
        rows.iter().map(|field| (field.name.to_owned(), field_schema(field))).collect();
    let mut schema =
        json!({ "type": "object", "description": line(table.doc), "x-seal-clause": table.clause });
    if let Some(number) = table.number {
        schema["x-seal-table"] = number.into();
    }
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema["properties"] = Value::Object(properties);
    schema
}

fn field_schema(field: &FieldInfo) -> Value {
    let mut schema = (field.schema)(field.table_type);
    let doc = match schema.get("description").and_then(Value::as_str) {
        Some(values) => format!("{} {values}", line(field.doc)),
        None => line(field.doc),
    };
    schema["description"] = doc.into();
    schema["x-seal-type"] = field.table_type.word().into();
    if field.need == Need::Extension {
        schema["x-seal-extension"] = true.into();
    }
    schema
}

fn forwarded_origin() -> Value {
    let property = |(name, doc): &(&str, &str)| {
        ((*name).to_owned(), json!({ "type": "string", "description": doc, "x-seal-extension": true }))
    };
    let properties: Map<String, Value> = wire::ORIGIN_FIELDS.iter().map(property).collect();
    json!({
        "type": "object",
        "description": "The caller's own request as a platform passes it on; all four together or none.",
        "properties": properties,
    })
}

fn error_data_schema() -> Value {
    let field_error = json!({
        "type": "object",
        "required": ["field", "code", "rule", "message"],
        "properties": {
            "field": { "type": "string", "description": "The parameter; \"\" for the body as a whole." },
            "code": code_schema(false),
            "rule": { "type": "string", "description": "Stable name of the rule that was broken." },
            "message": { "type": "string" },
        },
    });
    json!({
        "type": "object",
        "description": "What `data` may hold in a refusal.",
        "properties": {
            "errors": { "type": "array", "items": field_error, "description": "Every failing field at once." },
            "retryable": { "type": "boolean" },
            "retryAfterMs": { "type": "integer", "minimum": 0 },
            "upstream": {
                "type": "object",
                "description": "The refusal of the seal system behind (60002).",
                "properties": { "code": { "type": "string" }, "message": { "type": "string" } },
            },
            "failures": {
                "type": "array",
                "items": shortfall_schema(),
                "description": "Everything that is missing, where several systems were asked and nothing came.",
            },
        },
    })
}

/// Of `failures`, in a refusal and beside `data` in an answer that is partial.
fn shortfall_schema() -> Value {
    json!({
        "type": "object",
        "required": ["system", "code", "message"],
        "properties": {
            "system": { "type": "string", "description": "The system that should have answered." },
            "platform": { "type": "string", "description": "Its platform, where that is another one." },
            "sealCode": { "type": "string", "description": "The seal; absent when it is all of the system's." },
            "code": code_schema(false),
            "message": { "type": "string" },
            "retryable": { "type": "boolean" },
            "retryAfterMs": { "type": "integer", "minimum": 0 },
            "upstream": { "type": "object", "description": "The system's own refusal." },
        },
    })
}

fn codes() -> Value {
    let entry = |code: &Code| {
        json!({
            "code": code.text(),
            "status": code.http_status(),
            "zh": code.zh(),
            "en": code.en(),
            "retryable": code.retryable(),
        })
    };
    Code::ALL.iter().map(entry).collect()
}

/// A doc comment on one line.
fn line(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}
