//! The first step: everything but the signature value.

use std::ops::Range;

use jiff::Timestamp;

use super::certification::{self, Lock};
use super::error::SealError;
use super::field::{self, Target};
use super::geometry::{self, Spot};
use super::page_edit::{ByPage, Sheets};
use super::picture::{self, PictureError};
use super::placement::{Kind, Placement};
use super::prepared::{Prepared, byte_range, range_digest};
use super::{appearance, dictionary, guard, redrawing, seed_value, sound};
use crate::asn1::Mode;
use crate::cms::SignedDataDraft;
use crate::oid;
use crate::pdf::update::{SignatureRoom, Update};
use crate::pdf::{Dictionary, Field, Form, Limits, Object, ObjectId, Page, Pdf, Rect};
use crate::ses::{Picture, Seal, TbsSignDraft};

/// Bytes of a value beside certificates and time stamp: digest, times, identifiers, the signature itself.
const OVERHEAD: usize = 1024;
/// No value needs more room. Values of 203 KB were met, with a bitmap as the seal's picture.
const MOST_ROOM: usize = 8 << 20;
/// Annotation flags (§12.5.3): printed, and not to be moved by hand.
const PRINT_AND_LOCKED: i64 = 4 | 128;
/// Annotation flags that hide: invisible, hidden, no view.
const HIDING: i64 = 1 | 2 | 32;
/// `SigFlags` (§12.7.2): there are signatures, and the file is only to be added to.
const SIGNED_APPEND_ONLY: i64 = 3;

/// Prepares a file for a seal or signature: the field, what is shown of it, and the signature dictionary are added, and
/// what the signature covers is digested. What remains is to sign ([`Prepared::to_sign`], [`Prepared::data_hash`]) and
/// to [`embed`](super::embed()) the value.
///
/// # Errors
/// [`SealError`] when the file cannot be read or should not be signed, when an earlier signature would be broken, or a
/// stamp is not on its page.
pub fn prepare(pdf: &[u8], placement: &Placement, limits: &Limits) -> Result<Prepared, SealError> {
    let subject = Subject::of(placement)?;
    let file = guard::open(pdf, limits)?;
    let catalog = file.catalog()?;
    let Object::Dictionary(root) = &catalog.object else {
        return Err(SealError::Structure("the catalogue is no dictionary"));
    };
    let form = file.form()?;
    let target = field::choose(&file, &form, &placement.field)?;
    guard::check(&file, root, &form, &target)?;
    sound::check(&file)?;
    let earlier = certification::earlier(&file, root, &form)?;
    if placement.certify.is_some() && !earlier.is_empty() {
        return Err(SealError::NotFirst);
    }
    certification::check(&earlier, &target)?;
    let tree = file.page_tree()?;
    sound::check_pages(&tree)?;
    let sheets = Sheets::new(&tree.pages);
    let mut work = Work {
        file: &file,
        update: Update::new(&file, placement.seed)?,
        placement,
        sheets,
        catalog: catalog.id,
        root: root.clone(),
        is_root_changed: false,
    };
    let signature = work.update.reserve();
    let lock = match &target {
        Target::New { name } => {
            work.new_field(name, &form, &subject, signature)?;
            None
        }
        Target::Existing(field) => work.existing_field(field, &form, &subject, signature)?,
    };
    let lock = if placement.lock_fields { Some(Lock::All) } else { lock };
    work.finish(&subject, signature, lock.as_ref(), target.name())
}

/// What is shown and what is signed.
struct Subject<'p> {
    /// The seal exactly as it will stand in the signature value.
    seal: Option<Vec<u8>>,
    picture: Option<std::borrow::Cow<'p, Picture>>,
    signing_time: Timestamp,
    /// Bytes kept for the value.
    room: usize,
}

impl<'p> Subject<'p> {
    fn of(placement: &'p Placement) -> Result<Self, SealError> {
        let profile = &placement.profile;
        let is_name =
            |name: &str| !name.is_empty() && name.len() <= 127 && name.bytes().all(|b| b.is_ascii_graphic());
        if !is_name(&profile.filter) || !is_name(&profile.sub_filter) {
            return Err(SealError::Profile);
        }
        if ![oid::SM2_SIGN, oid::SM2_WITH_SM3].contains(&profile.signature_algorithm) {
            return Err(SealError::SignatureAlgorithm(profile.signature_algorithm));
        }
        let (seal, picture) = match &placement.kind {
            Kind::Seal(der) => {
                let (seal, _) = Seal::parse(der, Mode::Tolerant)?;
                (Some(seal.raw().to_vec()), Some(std::borrow::Cow::Owned(seal.picture)))
            }
            Kind::Sign(picture) => (None, picture.as_ref().map(std::borrow::Cow::Borrowed)),
        };
        let reserve = placement.reserve;
        let parts = [OVERHEAD, seal.as_ref().map_or(0, Vec::len), reserve.certificates, reserve.time_stamp];
        let room = parts.into_iter().fold(0_usize, usize::saturating_add);
        if room > MOST_ROOM {
            return Err(SealError::Room(room));
        }
        Ok(Self { seal, picture, signing_time: whole_seconds(placement.signing_time), room })
    }
}

/// Width and height of a picture in millimetres.
pub(super) fn size_mm(picture: &Picture) -> Result<(f64, f64), SealError> {
    let side = |value: i64| {
        let value = u16::try_from(value).ok().filter(|value| *value > 0);
        value.map(f64::from).ok_or(SealError::Picture(PictureError::NoSize))
    };
    Ok((side(picture.width_mm)?, side(picture.height_mm)?))
}

/// How a page is turned, and how many units of its space a millimetre is; as usual without a page.
pub(super) fn turn(page: Option<&Page>) -> (u16, f64) {
    page.map_or((0, 72.0 / 25.4), |page| (page.rotate, geometry::units_of_mm(page)))
}

/// The update, and what it needs to know.
struct Work<'w, 'a> {
    file: &'w Pdf<'a>,
    update: Update<'w, 'a>,
    placement: &'w Placement,
    sheets: Sheets<'w>,
    catalog: ObjectId,
    root: Dictionary,
    is_root_changed: bool,
}

impl Work<'_, '_> {
    /// A new field with its widgets: itself where there is one place, or none; children where there are several.
    fn new_field(
        &mut self,
        name: &str,
        form: &Form,
        subject: &Subject<'_>,
        signature: ObjectId,
    ) -> Result<(), SealError> {
        let pages = self.sheets.pages();
        let spots: Vec<Spot> = self
            .placement
            .stamps
            .iter()
            .map(|stamp| geometry::spot(pages, stamp))
            .collect::<Result<_, _>>()?;
        let image = match (&subject.picture, spots.is_empty()) {
            (Some(picture), false) => Some(picture::read(picture)?.add(&mut self.update)),
            (None, true) => None,
            (Some(_), true) => return Err(SealError::Stamps("a picture needs a place where it is shown")),
            (None, false) => return Err(SealError::Stamps("there is no picture to be shown")),
        };
        let id = self.update.reserve();
        let mut field = Dictionary::new()
            .with(b"FT", Object::name("Sig"))
            .with(b"T", Object::text(name))
            .with(b"V", Object::Reference(signature));
        let mut annotations = ByPage::new();
        match (spots.as_slice(), image) {
            ([spot], Some(image)) => {
                self.widget(&mut field, spot, image)?;
                annotations.entry(spot.page_index).or_default().push(id);
            }
            (spots @ [_, ..], Some(image)) => {
                let mut kids = Vec::with_capacity(spots.len());
                for spot in spots {
                    // Poppler does not look for the value in the parent.
                    let mut widget = Dictionary::new()
                        .with(b"Parent", Object::Reference(id))
                        .with(b"V", Object::Reference(signature));
                    self.widget(&mut widget, spot, image)?;
                    let kid = self.update.add(Object::Dictionary(widget));
                    annotations.entry(spot.page_index).or_default().push(kid);
                    kids.push(Object::Reference(kid));
                }
                field.set(b"Kids", Object::Array(kids));
            }
            _ => {
                let page = self.sheets.id(0)?;
                annotation(&mut field, &Rect::default(), page);
                annotations.entry(0).or_default().push(id);
            }
        }
        self.update.put(id, Object::Dictionary(field));
        for (page_index, list) in &annotations {
            self.sheets.annotate(self.file, &mut self.update, *page_index, list)?;
        }
        self.edit_form(form, Some(id), subject, None)
    }

    /// The entries of a widget that shows the picture.
    fn widget(&mut self, dictionary: &mut Dictionary, spot: &Spot, image: ObjectId) -> Result<(), SealError> {
        let page = self.sheets.id(spot.page_index)?;
        annotation(dictionary, &spot.rect, page);
        let form = self.update.add(appearance::of_spot(spot, image));
        dictionary.set(b"AP", appearance::entry(form));
        Ok(())
    }

    /// Signs in a field that is there. Its place stays; the picture is shown in its box. Gives what the field locks.
    fn existing_field(
        &mut self,
        field: &Field,
        form: &Form,
        subject: &Subject<'_>,
        signature: ObjectId,
    ) -> Result<Option<Lock>, SealError> {
        if !self.placement.stamps.is_empty() {
            return Err(SealError::Stamps("the field has its place already"));
        }
        seed_value::check(self.file, &field.dictionary, self.placement)?;
        let id = field.id.ok_or(SealError::Structure("the signature field is no object of its own"))?;
        let mut dictionary = field.dictionary.clone();
        dictionary.set(b"V", Object::Reference(signature));
        if let Some(picture) = &subject.picture {
            let size = size_mm(picture)?;
            if !field.widgets.iter().any(has_area) {
                return Err(SealError::Stamps("the field has no place where a picture could be shown"));
            }
            let image = picture::read(picture)?.add(&mut self.update);
            for widget in field.widgets.iter().filter(|widget| has_area(widget)) {
                let (rotate, units) = turn(widget.page.and_then(|index| self.sheets.pages().get(index)));
                let form = appearance::in_field(&widget.rect, rotate, size, units, image);
                let form = self.update.add(form);
                let own = widget.id == Some(id);
                let mut shown = if own { dictionary.clone() } else { widget.dictionary.clone() };
                guard::single_keys(&shown, "the widget")?;
                shown.set(b"AP", appearance::entry(form));
                let flags = shown.integer(b"F").unwrap_or(0) & !HIDING | PRINT_AND_LOCKED;
                shown.set(b"F", Object::Integer(flags));
                match (own, widget.id) {
                    (true, _) => dictionary = shown,
                    (false, Some(widget_id)) => self.update.put(widget_id, Object::Dictionary(shown)),
                    (false, None) => return Err(SealError::Structure("the widget is no object of its own")),
                }
            }
        }
        self.update.put(id, Object::Dictionary(dictionary));
        self.edit_form(form, None, subject, field.id)?;
        let lock = self.file.dictionary(&field.dictionary, b"Lock")?;
        Ok(lock.map(|lock| Lock::read(self.file, &lock)).transpose()?)
    }

    /// The form with a new field and `SigFlags`; what else stands there stays, but for a request to draw its fields
    /// anew where something is shown.
    fn edit_form(
        &mut self,
        form: &Form,
        new: Option<ObjectId>,
        subject: &Subject<'_>,
        own: Option<ObjectId>,
    ) -> Result<(), SealError> {
        let mut dictionary = form.dictionary.clone();
        let flags = dictionary.integer(b"SigFlags").unwrap_or(0);
        let mut is_changed = flags & SIGNED_APPEND_ONLY != SIGNED_APPEND_ONLY;
        dictionary.set(b"SigFlags", Object::Integer(flags | SIGNED_APPEND_ONLY));
        if subject.picture.is_some() && redrawing::is_asked(self.file, &dictionary)? {
            redrawing::check(self.file, form, own)?;
            dictionary.set(b"NeedAppearances", Object::Boolean(false));
            is_changed = true;
        }
        if let Some(new) = new {
            is_changed |= self.add_to_fields(&mut dictionary, new)?;
        }
        if !is_changed {
            return Ok(());
        }
        match form.id {
            Some(id) => self.update.put(id, Object::Dictionary(dictionary)),
            None if self.root.get(b"AcroForm").and_then(Object::as_dictionary).is_some() => {
                self.root.set(b"AcroForm", Object::Dictionary(dictionary));
                self.is_root_changed = true;
            }
            None => {
                let id = self.update.add(Object::Dictionary(dictionary));
                self.root.set(b"AcroForm", Object::Reference(id));
                self.is_root_changed = true;
            }
        }
        Ok(())
    }

    /// Adds to `Fields`; true when the dictionary itself changed.
    fn add_to_fields(&mut self, dictionary: &mut Dictionary, new: ObjectId) -> Result<bool, SealError> {
        let fields = dictionary.get(b"Fields").cloned();
        let mut list = match &fields {
            None => Vec::new(),
            Some(value) => match self.file.resolve(value)?.into_owned() {
                Object::Array(items) => items,
                Object::Null => Vec::new(),
                _ => return Err(SealError::Structure("the list of fields is none")),
            },
        };
        list.push(Object::Reference(new));
        if let Some(id) = fields.as_ref().and_then(Object::as_reference)
            && self.file.object(id).is_ok_and(|stored| stored.object.as_array().is_some())
        {
            self.update.put(id, Object::Array(list));
            return Ok(false);
        }
        dictionary.set(b"Fields", Object::Array(list));
        Ok(true)
    }

    /// Writes the file, and digests it.
    fn finish(
        mut self,
        subject: &Subject<'_>,
        signature: ObjectId,
        lock: Option<&Lock>,
        field: &str,
    ) -> Result<Prepared, SealError> {
        let dictionary = dictionary::build(self.placement, subject.signing_time, lock, self.catalog);
        self.update.put_signature(signature, dictionary, subject.room);
        if self.placement.certify.is_some() {
            let mut perms = self.file.dictionary(&self.root, b"Perms")?.unwrap_or_default();
            perms.set(b"DocMDP", Object::Reference(signature));
            self.root.set(b"Perms", Object::Dictionary(perms));
            self.is_root_changed = true;
        }
        if self.is_root_changed {
            self.update.put(self.catalog, Object::Dictionary(self.root));
        }
        let written = self.update.finish()?;
        let room = written.signature.ok_or(SealError::Damaged)?;
        let mut file = written.bytes;
        write_range(&mut file, &room)?;
        check_written(&file, field, &room.contents, self.file.limits())?;
        let data_hash = range_digest(&file, &room.contents).ok_or(SealError::Damaged)?;
        let mut prepared = Prepared {
            file,
            contents: room.contents,
            field: field.to_owned(),
            algorithm: None,
            signing_time: subject.signing_time,
            data_hash,
            to_sign: Vec::new(),
        };
        if let Some(seal) = &subject.seal {
            prepared.to_sign = TbsSignDraft {
                seal_der: seal.clone(),
                time: subject.signing_time,
                data_hash,
                property_info: prepared.property_info(),
                ext_datas: Vec::new(),
            }
            .to_der()?;
        } else {
            prepared.algorithm = Some(self.placement.profile.signature_algorithm);
            prepared.to_sign = SignedDataDraft::detached(data_hash, subject.signing_time).attributes_der();
        }
        Ok(prepared)
    }
}

/// The entries of any annotation of ours (§12.5.2).
fn annotation(dictionary: &mut Dictionary, rect: &Rect, page: ObjectId) {
    dictionary.set(b"Type", Object::name("Annot"));
    dictionary.set(b"Subtype", Object::name("Widget"));
    dictionary.set(b"Rect", appearance::rectangle(rect));
    dictionary.set(b"P", Object::Reference(page));
    dictionary.set(b"F", Object::Integer(PRINT_AND_LOCKED));
}

pub(super) fn has_area(widget: &crate::pdf::Widget) -> bool {
    widget.rect.width() > 0.0 && widget.rect.height() > 0.0
}

/// Writes the four numbers into the blanks kept for them.
fn write_range(file: &mut [u8], room: &SignatureRoom) -> Result<(), SealError> {
    let [zero, first, second, length] = byte_range(file.len(), &room.contents);
    let text = format!("{zero} {first} {second} {length}");
    let place = file.get_mut(room.byte_range.clone()).and_then(|place| place.get_mut(..text.len()));
    place.ok_or(SealError::Damaged)?.copy_from_slice(text.as_bytes());
    Ok(())
}

/// Reads the written file again: the field must hold the very dictionary that was written. A hostile file may be read
/// otherwise than it was edited.
fn check_written(file: &[u8], name: &str, contents: &Range<usize>, limits: &Limits) -> Result<(), SealError> {
    let otherwise = SealError::Structure("the file is read otherwise than it was written");
    let written = Pdf::open(file, limits)?;
    let form = written.form()?;
    let field = form.fields.iter().find(|field| field.name == name && field::is_signature(field));
    let Some(value) = field.and_then(|field| field.value.as_ref()) else { return Err(otherwise) };
    let value = written.resolve(value)?;
    let found = value.as_dictionary().and_then(|dictionary| dictionary.entry(b"Contents"));
    if found.is_some_and(|found| found.span == *contents) { Ok(()) } else { Err(otherwise) }
}

/// The time without its fraction, as GeneralizedTime will carry it.
fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
