//! The interactive form (ISO 32000-1 §12.7): its fields, signature fields among them.

use std::collections::{HashMap, HashSet};

use super::held::Held;
use super::page::values;
use super::{Dictionary, Name, Object, ObjectId, Page, Pdf, PdfError, Rect};

/// The form.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// `AcroForm`; empty where there is none.
    pub dictionary: Dictionary,
    /// Its object, when it is not in the catalogue itself.
    pub id: Option<ObjectId>,
    /// Terminal fields, in the order of the tree.
    pub fields: Vec<Field>,
}

/// A terminal field, with what it inherits.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its object; none where it stands directly in an array.
    pub id: Option<ObjectId>,
    /// Full name, the parts joined with points.
    pub name: String,
    /// `FT`: Btn, Tx, Ch, Sig; empty where none is named.
    pub kind: Option<Name>,
    /// `V`, not resolved.
    pub value: Option<Object>,
    /// `Ff`, the field's flags.
    pub flags: i64,
    /// Its dictionary.
    pub dictionary: Dictionary,
    /// Its widgets: itself, or its children that have no name of their own.
    pub widgets: Vec<Widget>,
}

/// What is shown of a field.
#[derive(Clone, Debug)]
pub struct Widget {
    /// Its object; none where it stands directly in an array.
    pub id: Option<ObjectId>,
    /// Its dictionary.
    pub dictionary: Dictionary,
    /// Position of its page, counted from zero: the page that lists it among its annotations, else the one that it
    /// names itself. None when there is neither.
    pub page: Option<usize>,
    /// Its place.
    pub rect: Rect,
}

impl Field {
    /// True for a signature field.
    pub fn is_signature(&self) -> bool {
        self.kind.as_ref().is_some_and(|kind| kind.as_bytes() == b"Sig")
    }
}

impl Pdf<'_> {
    /// The form. A field that was met before ends there, so that trees with circles end.
    ///
    /// # Errors
    /// When it cannot be read or goes beyond a limit.
    pub fn form(&self) -> Result<Form, PdfError> {
        let catalog = self.catalog()?;
        let catalog = catalog.object.as_dictionary().ok_or(PdfError::Unexpected("Root"))?;
        let Some(held) = self.look_up(catalog, b"AcroForm")? else { return Ok(Form::default()) };
        let dictionary = held.as_dictionary().ok_or(PdfError::Unexpected("AcroForm"))?;
        let mut walk = Walk::new(self);
        if let Some(fields) = self.look_up(dictionary, b"Fields")? {
            for field in fields.as_array().unwrap_or_default() {
                walk.field(field, &Inherited::default(), 0)?;
            }
        }
        let mut fields = walk.fields;
        if fields.iter().any(|field| !field.widgets.is_empty()) {
            let pages = self.pages()?;
            let places = Places::read(self, &pages)?;
            for widget in fields.iter_mut().flat_map(|field| &mut field.widgets) {
                widget.page = places.of(widget);
            }
        }
        Ok(Form { dictionary: dictionary.clone(), id: held.id(), fields })
    }

    /// Signature fields that a page shows and the form does not lead to: what viewers do not list and yet show. Of each
    /// the widgets that stand on pages.
    ///
    /// # Errors
    /// As [`Self::form`].
    pub fn orphan_signature_fields(&self, form: &Form) -> Result<Vec<Field>, PdfError> {
        let mut known: HashSet<ObjectId> = HashSet::new();
        for field in &form.fields {
            known.extend(field.id.iter().chain(field.widgets.iter().filter_map(|widget| widget.id.as_ref())));
        }
        let pages = self.pages()?;
        let mut left = self.limits().fields;
        let mut budget = self.limits().form_values;
        let mut found: Vec<Field> = Vec::new();
        for (position, page) in pages.iter().enumerate() {
            let Some(annotations) = self.look_up(&page.dictionary, b"Annots")? else { continue };
            for annotation in annotations.as_array().unwrap_or_default() {
                left = left.checked_sub(1).ok_or(PdfError::Limit("annotations"))?;
                let held = self.look(annotation)?;
                if held.id().is_some_and(|id| !known.insert(id)) {
                    continue;
                }
                found.extend(self.orphan(&held, position, &mut budget)?);
            }
        }
        Ok(found)
    }

    /// The field of a widget that the form does not lead to, when it is a signature's: what it inherits is looked for
    /// above it.
    fn orphan(
        &self,
        held: &Held<'_>,
        position: usize,
        budget: &mut usize,
    ) -> Result<Option<Field>, PdfError> {
        let Object::Dictionary(dictionary) = &**held else { return Ok(None) };
        let mut field = Field {
            id: held.id(),
            name: String::new(),
            kind: None,
            value: None,
            flags: 0,
            dictionary: Dictionary::new(),
            widgets: Vec::new(),
        };
        let mut names = Vec::new();
        let mut flags = None;
        let mut above = held.clone();
        for _ in 0..self.limits().depth {
            let Object::Dictionary(node) = &*above else { break };
            names
                .extend(self.look_up(node, b"T")?.as_deref().and_then(Object::as_string).map(super::text_of));
            field.kind = field.kind.or(self.look_up(node, b"FT")?.and_then(|kind| field_kind(&kind)));
            flags = flags.or(self.look_up(node, b"Ff")?.and_then(|flags| flags.as_integer()));
            if field.value.is_none() {
                field.value = node.get(b"V").map(|value| copy(value, budget)).transpose()?;
            }
            let Some(Object::Reference(parent)) = node.get(b"Parent") else { break };
            above = match self.object(*parent) {
                Ok(indirect) => Held::Indirect(indirect),
                Err(PdfError::MissingObject(_)) => break,
                Err(error) => return Err(error),
            };
        }
        if !field.is_signature() {
            return Ok(None);
        }
        names.reverse();
        field.name = names.join(".");
        *budget = budget.checked_sub(field.name.len()).ok_or(PdfError::Limit("names of fields"))?;
        field.flags = flags.unwrap_or(0);
        field.dictionary = dictionary.clone();
        field.widgets = vec![self.widget(held.id(), dictionary, Some(position))?];
        Ok(Some(field))
    }

    fn widget(
        &self,
        id: Option<ObjectId>,
        dictionary: &Dictionary,
        page: Option<usize>,
    ) -> Result<Widget, PdfError> {
        let rect = self.rect(dictionary, b"Rect")?.unwrap_or_default();
        Ok(Widget { id, dictionary: dictionary.clone(), page, rect })
    }
}

/// The kind of a field; names longer than names are (ISO 32000-1 annex C) are none.
fn field_kind(object: &Object) -> Option<Name> {
    object.as_name().filter(|name| name.as_bytes().len() <= 127).cloned()
}

/// What many fields may share is copied as long as it is granted.
fn copy(value: &Object, budget: &mut usize) -> Result<Object, PdfError> {
    *budget = budget.checked_sub(values(value)).ok_or(PdfError::Limit("values of fields"))?;
    Ok(value.clone())
}

/// Which page each annotation stands on.
struct Places {
    annotations: HashMap<ObjectId, usize>,
    pages: HashMap<ObjectId, usize>,
}

impl Places {
    fn read(pdf: &Pdf<'_>, pages: &[Page]) -> Result<Self, PdfError> {
        let mut places = Self { annotations: HashMap::new(), pages: HashMap::new() };
        let mut left = pdf.limits().fields;
        for (position, page) in pages.iter().enumerate() {
            if let Some(id) = page.id {
                places.pages.entry(id).or_insert(position);
            }
            let Some(annotations) = pdf.look_up(&page.dictionary, b"Annots")? else { continue };
            for annotation in annotations.as_array().unwrap_or_default() {
                left = left.checked_sub(1).ok_or(PdfError::Limit("annotations"))?;
                if let Some(id) = annotation.as_reference() {
                    places.annotations.entry(id).or_insert(position);
                }
            }
        }
        Ok(places)
    }

    fn of(&self, widget: &Widget) -> Option<usize> {
        let listed = widget.id.and_then(|id| self.annotations.get(&id));
        let named = || self.pages.get(&widget.dictionary.get(b"P")?.as_reference()?);
        listed.or_else(named).copied()
    }
}

/// What a field gives to those below it (§12.7.3.1).
#[derive(Clone, Debug, Default)]
struct Inherited {
    name: String,
    kind: Option<Name>,
    value: Option<Object>,
    flags: i64,
}

struct Walk<'p, 'a> {
    pdf: &'p Pdf<'a>,
    fields: Vec<Field>,
    seen: HashSet<ObjectId>,
    /// Kids that may still be looked at.
    left: usize,
    /// Values that may still be copied: inherited ones, and kids that are no objects of their own.
    budget: usize,
    /// Bytes of names that may still be made.
    names: usize,
}

impl<'p, 'a> Walk<'p, 'a> {
    fn new(pdf: &'p Pdf<'a>) -> Self {
        let (left, budget, names) = (pdf.limits().fields, pdf.limits().form_values, pdf.limits().stream_len);
        Self { pdf, fields: Vec::new(), seen: HashSet::new(), left, budget, names }
    }

    /// Takes the next kid, when it is a dictionary that was not met before.
    fn take<'o>(&mut self, object: &'o Object) -> Result<Option<Held<'o>>, PdfError> {
        self.left = self.left.checked_sub(1).ok_or(PdfError::Limit("fields"))?;
        let held = self.pdf.look(object)?;
        let new = if let Some(id) = held.id() {
            self.seen.insert(id)
        } else {
            let left = self.budget.checked_sub(values(&held));
            self.budget = left.ok_or(PdfError::Limit("values of fields"))?;
            true
        };
        Ok(Some(held).filter(|held| new && matches!(**held, Object::Dictionary(_))))
    }

    fn field(&mut self, object: &Object, above: &Inherited, depth: usize) -> Result<(), PdfError> {
        let Some(held) = self.take(object)? else { return Ok(()) };
        self.known_field(&held, above, depth)
    }

    fn known_field(&mut self, held: &Held<'_>, above: &Inherited, depth: usize) -> Result<(), PdfError> {
        if depth >= self.pdf.limits().depth {
            return Err(PdfError::Limit("depth of the form"));
        }
        let Object::Dictionary(dictionary) = &**held else { return Ok(()) };
        let inherited = self.inherit(dictionary, above)?;
        let kids = self.pdf.look_up(dictionary, b"Kids")?;
        let kids = kids.as_deref().and_then(Object::as_array).unwrap_or_default();
        let mut widgets = Vec::new();
        let mut has_fields = false;
        for kid in kids {
            let Some(kid) = self.take(kid)? else { continue };
            let Object::Dictionary(found) = &*kid else { continue };
            if found.get(b"T").is_some() || found.get(b"Kids").is_some() {
                has_fields = true;
                self.known_field(&kid, &inherited, depth.saturating_add(1))?;
            } else {
                widgets.push(self.pdf.widget(kid.id(), found, None)?);
            }
        }
        if widgets.is_empty() && has_fields {
            return Ok(());
        }
        let is_widget = dictionary.has_name(b"Subtype", b"Widget") || dictionary.get(b"Rect").is_some();
        if is_widget && widgets.is_empty() {
            widgets.push(self.pdf.widget(held.id(), dictionary, None)?);
        }
        self.fields.push(Field {
            id: held.id(),
            name: inherited.name,
            kind: inherited.kind,
            value: inherited.value,
            flags: inherited.flags,
            dictionary: dictionary.clone(),
            widgets,
        });
        Ok(())
    }

    fn inherit(&mut self, dictionary: &Dictionary, above: &Inherited) -> Result<Inherited, PdfError> {
        let part = self.pdf.look_up(dictionary, b"T")?;
        let name = match part.as_deref().and_then(Object::as_string).map(super::text_of) {
            Some(part) if above.name.is_empty() => part,
            Some(part) => format!("{}.{part}", above.name),
            None => above.name.clone(),
        };
        self.names = self.names.checked_sub(name.len()).ok_or(PdfError::Limit("names of fields"))?;
        let value = dictionary.get(b"V").or(above.value.as_ref());
        let value = value.map(|value| copy(value, &mut self.budget)).transpose()?;
        let kind = self.pdf.look_up(dictionary, b"FT")?.and_then(|kind| field_kind(&kind));
        let flags = self.pdf.look_up(dictionary, b"Ff")?.and_then(|flags| flags.as_integer());
        Ok(Inherited {
            name,
            kind: kind.or_else(|| above.kind.clone()),
            value,
            flags: flags.unwrap_or(above.flags),
        })
    }
}
