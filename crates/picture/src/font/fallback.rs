//! Rare characters: the fonts installed on the system.
//!
//! At the first need every font file in the folders is opened for its tables of characters and
//! names only; a file is read whole when it has a wanted character. Everything is bounded: depth
//! and number of files, bytes of a table and of a file, remembered glyphs.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    ffi::OsStr,
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use ttf_parser::{Face, RawFace, Tag, cmap, name};

use super::Glyph;

const MAX_DEPTH: usize = 6;
const MAX_FILES: usize = 4096;
const MAX_FACES_PER_FILE: u32 = 64;
const MAX_TABLE_BYTES: u32 = 4 << 20;
const MAX_FILE_BYTES: u64 = 256 << 20;
const MAX_REMEMBERED: usize = 4096;
/// Where the directories of a font file or a collection stand.
const HEAD_BYTES: u64 = 64 << 10;

/// Families that draw a stand-in for every character there is.
const PLACEHOLDERS: [&str; 4] = ["last resort", "lastresort", "adobe blank", "notdef"];

/// The installed fonts, indexed when first needed.
#[derive(Debug)]
pub(super) struct Fallback {
    folders: Vec<PathBuf>,
    index: OnceLock<Vec<Indexed>>,
    remembered: Mutex<BTreeMap<char, Option<Arc<Glyph>>>>,
}

/// One face of a font file with the characters it has.
#[derive(Debug)]
struct Indexed {
    rank: Rank,
    path: PathBuf,
    number: u32,
    /// First and last code points, ascending.
    ranges: Vec<(u32, u32)>,
}

/// The smaller the better: serif before sans, simplified Chinese before other forms, bold first.
type Rank = (Reverse<bool>, Reverse<bool>, Reverse<bool>);

/// The folders in which operating systems keep fonts; those that do not exist do no harm.
pub(super) fn usual_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        ["/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "/Library/Fonts"]
            .map(PathBuf::from)
            .to_vec();
    if let Some(home) = std::env::var_os("HOME").map(PathBuf::from) {
        folders.extend([".local/share/fonts", ".fonts", "Library/Fonts"].map(|below| home.join(below)));
    }
    if let Some(windows) = std::env::var_os("WINDIR").map(PathBuf::from) {
        folders.push(windows.join("Fonts"));
    }
    folders
}

impl Fallback {
    pub(super) fn new(folders: Vec<PathBuf>) -> Self {
        Self { folders, index: OnceLock::new(), remembered: Mutex::new(BTreeMap::new()) }
    }

    /// The glyph of the best installed face that has ink for `c`.
    pub(super) fn glyph(&self, c: char) -> Option<Arc<Glyph>> {
        let remembered = || self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = remembered().get(&c) {
            return known.clone();
        }
        let found = self.search(c).map(Arc::new);
        let mut memory = remembered();
        if memory.len() >= MAX_REMEMBERED {
            memory.clear();
        }
        memory.insert(c, found.clone());
        found
    }

    fn search(&self, c: char) -> Option<Glyph> {
        let code = u32::from(c);
        let has = |face: &&Indexed| face.ranges.iter().any(|&(first, last)| (first..=last).contains(&code));
        self.index.get_or_init(|| index(&self.folders)).iter().filter(has).find_map(|face| {
            let bytes = read_whole(&face.path)?;
            Glyph::of(&Face::parse(&bytes, face.number).ok()?, c)
        })
    }
}

fn index(folders: &[PathBuf]) -> Vec<Indexed> {
    let mut files = Vec::new();
    for folder in folders {
        collect(folder, MAX_DEPTH, &mut files);
    }
    let mut faces: Vec<Indexed> =
        files.iter().flat_map(|path| index_file(path).unwrap_or_default()).collect();
    faces.sort_by(|a, b| (&a.rank, &a.path, a.number).cmp(&(&b.rank, &b.path, b.number)));
    faces
}

/// Adds the font files below `folder`, in the order of their names so that each run agrees.
fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).take(MAX_FILES).collect();
    paths.sort();
    for path in paths {
        if files.len() >= MAX_FILES {
            return;
        }
        if path.is_dir() {
            if depth > 0 {
                collect(&path, depth - 1, files);
            }
        } else if is_font(&path) {
            files.push(path);
        }
    }
}

fn is_font(path: &Path) -> bool {
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    ["ttf", "otf", "ttc", "otc"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

fn index_file(path: &Path) -> Option<Vec<Indexed>> {
    let mut file = File::open(path).ok()?;
    let mut head = Vec::new();
    Read::by_ref(&mut file).take(HEAD_BYTES).read_to_end(&mut head).ok()?;
    let faces = ttf_parser::fonts_in_collection(&head).unwrap_or(1).min(MAX_FACES_PER_FILE);
    Some((0..faces).filter_map(|number| index_face(&mut file, &head, path, number)).collect())
}

fn index_face(file: &mut File, head: &[u8], path: &Path, number: u32) -> Option<Indexed> {
    let directory = RawFace::parse(head, number).ok()?;
    let names = read_table(file, &directory, *b"name").unwrap_or_default();
    let names = names_of(&names);
    if PLACEHOLDERS.iter().any(|placeholder| names.contains(placeholder)) {
        return None;
    }
    let characters = read_table(file, &directory, *b"cmap")?;
    let ranges = ranges_of(&characters)?;
    Some(Indexed { rank: rank(&names), path: path.to_owned(), number, ranges })
}

fn read_table(file: &mut File, directory: &RawFace<'_>, tag: [u8; 4]) -> Option<Vec<u8>> {
    let tag = Tag::from_bytes(&tag);
    let record = directory.table_records.into_iter().find(|record| record.tag == tag)?;
    if record.length > MAX_TABLE_BYTES {
        return None;
    }
    file.seek(SeekFrom::Start(u64::from(record.offset))).ok()?;
    let mut table = Vec::new();
    Read::by_ref(file).take(u64::from(record.length)).read_to_end(&mut table).ok()?;
    Some(table)
}

/// All family and style names of a face in one lower-case text.
fn names_of(table: &[u8]) -> String {
    let Some(table) = name::Table::parse(table) else { return String::new() };
    let wanted = [name::name_id::FAMILY, name::name_id::SUBFAMILY, name::name_id::FULL_NAME];
    let names = table.names.into_iter().filter(|name| wanted.contains(&name.name_id));
    names.filter_map(|name| name.to_string()).collect::<Vec<_>>().join(" \n ").to_lowercase()
}

fn rank(names: &str) -> Rank {
    let has = |words: &[&str]| words.iter().any(|word| names.contains(word));
    let serif = has(&["song", "serif", "ming", "simsun", "宋", "明"]) && !has(&["sans"]);
    let simplified = has(&["sc", "cn", "gb", "simsun", "宋"]);
    (Reverse(serif), Reverse(simplified), Reverse(has(&["bold", "heavy", "black"])))
}

/// The characters of a face as ranges of code points.
fn ranges_of(table: &[u8]) -> Option<Vec<(u32, u32)>> {
    let mut codes = Vec::new();
    for subtable in cmap::Table::parse(table)?.subtables.into_iter().filter(cmap::Subtable::is_unicode) {
        subtable.codepoints(|code| {
            // memory stays bounded when a damaged table names codes over and over
            if codes.len() < 0x11_0000 {
                codes.push(code);
            }
        });
    }
    codes.sort_unstable();
    codes.dedup();
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for code in codes {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(code) => *last = code,
            _ => ranges.push((code, code)),
        }
    }
    Some(ranges)
}

fn read_whole(path: &Path) -> Option<Vec<u8>> {
    let file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    if length > MAX_FILE_BYTES {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn our_fonts() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fonts")
    }

    #[test]
    fn a_character_is_found_in_a_folder_and_remembered() {
        let fallback = Fallback::new(vec![PathBuf::from("/nowhere"), our_fonts()]);
        assert!(fallback.index.get().is_none(), "folders are read only when needed");
        let glyph = fallback.glyph('堃').expect("the embedded font lies in this folder");
        assert!(Arc::ptr_eq(&glyph, &fallback.glyph('堃').expect("again")));
        assert!(fallback.glyph('𪚥').is_none());
        assert_eq!(fallback.remembered.lock().expect("not poisoned").len(), 2);
    }

    #[test]
    fn the_index_holds_what_the_faces_have() {
        let index = index(&[our_fonts()]);
        assert_eq!(index.len(), 2);
        let song = &index[0];
        assert!(song.path.ends_with("SealbridgeSong-Bold.otf"), "serif comes first: {}", song.path.display());
        let has = |c: char| song.ranges.iter().any(|&(first, last)| (first..=last).contains(&u32::from(c)));
        assert!(has('A') && has('堃') && has('𠮷') && !has('𪚥'));
    }

    #[test]
    fn faces_are_ranked_and_stand_ins_left_out() {
        let best = rank("noto serif cjk sc bold");
        assert!(best < rank("noto serif cjk sc regular"));
        assert!(rank("simsun") < rank("noto serif cjk jp bold"));
        assert!(rank("noto serif cjk jp") < rank("noto sans cjk sc bold"));
        assert!(PLACEHOLDERS.contains(&"last resort"));
    }

    #[test]
    fn files_that_are_no_fonts_are_passed_over() {
        let folder = std::env::temp_dir().join(format!("sealbridge-fonts-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("folder");
        fs::write(folder.join("empty.ttf"), b"").expect("file");
        fs::write(folder.join("junk.otf"), [0xFF; 4096]).expect("file");
        let font = fs::read(our_fonts().join("SealbridgeFigures-Bold.otf")).expect("font");
        fs::write(folder.join("cut.otf"), &font[..font.len() / 2]).expect("file");
        let fallback = Fallback::new(vec![folder.clone()]);
        assert!(fallback.glyph('堃').is_none());
        fs::remove_dir_all(folder).expect("folder removed");
    }
}
