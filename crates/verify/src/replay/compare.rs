//! Where two reports as JSON tell different things.

use serde_json::{Map, Value};

/// Places that are told.
const MOST: usize = 5;

/// JSON pointers of the first places at which the two differ; `beside` are fields of the outermost object that do not
/// count.
pub(super) fn differing(told: &Value, made: &Value, beside: &[&str]) -> Vec<String> {
    let outer = |value: &Value| -> Value {
        let fields = value.as_object().into_iter().flatten();
        let kept = fields.filter(|(name, _)| !beside.contains(&name.as_str()));
        Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
    };
    let (told, made) = (outer(told), outer(made));
    let mut found = Vec::new();
    // Not by recursion: how deep the report goes is its writer's choice.
    let mut open = vec![(String::new(), &told, &made)];
    while let Some((place, told, made)) = open.pop() {
        if found.len() >= MOST {
            break;
        }
        match (told, made) {
            _ if told == made => {}
            (Value::Object(told), Value::Object(made)) => open.extend(fields(&place, told, made)),
            (Value::Array(told), Value::Array(made)) if told.len() == made.len() => {
                let elements = told.iter().zip(made).enumerate().rev();
                open.extend(elements.map(|(index, (told, made))| (format!("{place}/{index}"), told, made)));
            }
            _ => found.push(crate::text::printable(&place)),
        }
    }
    found
}

/// What two objects have under each name, last first; what one of them lacks is `null`.
fn fields<'v>(
    place: &str,
    told: &'v Map<String, Value>,
    made: &'v Map<String, Value>,
) -> Vec<(String, &'v Value, &'v Value)> {
    const NONE: &Value = &Value::Null;
    let mut names: Vec<&String> =
        made.keys().chain(told.keys().filter(|name| !made.contains_key(*name))).collect();
    names.reverse();
    let pair = |name: &String| {
        let (told, made) = (told.get(name).unwrap_or(NONE), made.get(name).unwrap_or(NONE));
        (format!("{place}/{name}"), told, made)
    };
    names.into_iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::differing;
    use serde_json::{Value, json};

    /// The order of fields is the writer's.
    fn sorted(told: &Value, made: &Value, beside: &[&str]) -> Vec<String> {
        let mut places = differing(told, made, beside);
        places.sort_unstable();
        places
    }

    #[test]
    fn the_first_places_are_told() {
        let made =
            json!({"file": "a", "verdict": "valid", "findings": [{"id": "x", "hint": "h"}], "at": "t"});
        let told =
            json!({"file": "b", "verdict": "valid", "findings": [{"id": "x", "hint": "H"}], "more": 1});
        assert_eq!(sorted(&told, &made, &["file"]), ["/at", "/findings/0/hint", "/more"]);
        assert!(differing(&made, &made, &[]).is_empty());
        assert_eq!(sorted(&json!([]), &made, &["file"]), ["/at", "/findings", "/verdict"]);
        let fewer = json!({"file": "a", "verdict": "valid", "findings": [], "at": "t"});
        assert_eq!(differing(&fewer, &made, &[]), ["/findings"]);
        let many = json!((0..100).collect::<Vec<i32>>());
        assert_eq!(differing(&json!({ "a": vec![-1; 100] }), &json!({ "a": many }), &[]).len(), super::MOST);
    }
}
