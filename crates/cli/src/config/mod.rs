//! `sealbridge config`: what is wrong in a configuration file, with its place, before a server is started on it; and
//! the JSON Schema of what may stand in one.

mod place;

use std::path::{Path, PathBuf};

use http_server::TlsSettings;
use place::Places;
use platform::config::ConfigError;
use schemars::schema_for;
use serde::de::DeserializeOwned;

use crate::args::{ConfigCheckArgs, ConfigSchemaArgs, ServerArg};
use crate::outcome::{About, End, Failure, Outcome};

/// Largest configuration file, in bytes.
const MAX_CONFIG: u64 = 1 << 20;
/// Where a file is looked for that is made at the first start when it is missing.
const MADE: &str = "没有此文件，首次启动时生成 not there yet, made at the first start";

/// Something wrong: the field, dotted, and the cause.
type Fault = (String, String);

/// Prints the JSON Schema.
pub(crate) fn schema(args: &ConfigSchemaArgs) -> Outcome {
    let schema = match args.server {
        ServerArg::Platform => schema_for!(platform::Config),
        ServerArg::SealSystem => schema_for!(seal_system::config::Config),
    };
    say!("{}", serde_json::to_string_pretty(&schema).about("schema")?);
    Ok(End::Good)
}

/// Whose a configuration is: only a seal system has `app_id`.
pub(crate) fn server_of(path: &Path) -> Outcome<ServerArg> {
    let text = crate::keys::text(crate::keys::read_file(path, MAX_CONFIG)?, path)?;
    let places = Places::of(&text).map_err(|error| {
        let (line, column) = place::line_and_column(&text, error.span().map_or(0, |span| span.start));
        Failure::new(format!("{}:{line}:{column}: {}", path.display(), error.message()))
    })?;
    Ok(kind(&places))
}

fn kind(places: &Places) -> ServerArg {
    if places.has("app_id") { ServerArg::SealSystem } else { ServerArg::Platform }
}

/// Says everything that is wrong, a line each: `FILE:LINE:COLUMN: field: cause`.
pub(crate) fn check(args: &ConfigCheckArgs) -> Outcome {
    let path = &args.file;
    let text = crate::keys::text(crate::keys::read_file(path, MAX_CONFIG)?, path)?;
    let places = match Places::of(&text) {
        Ok(places) => places,
        Err(error) => return Ok(tell_syntax(path, &text, &error)),
    };
    let server = args.server.unwrap_or_else(|| kind(&places));
    let folder = std::path::absolute(path).about(path.display())?;
    let folder = folder.parent().unwrap_or(Path::new("/")).to_owned();
    let found = match server {
        ServerArg::Platform => read::<platform::Config>(&text).map(|config| of_platform(&config, &folder)),
        ServerArg::SealSystem => {
            read::<seal_system::config::Config>(&text).map(|config| of_seal_system(&config, &folder))
        }
    };
    let found = match found {
        Ok(found) => found,
        Err(error) => return Ok(tell_syntax(path, &text, &error)),
    };
    for (field, cause) in &found.faults {
        let (line, column) = places.find(field);
        say!("{}:{line}:{column}: {field}: {cause}", path.display());
    }
    for note in &found.notes {
        say!("note: {note}");
    }
    if found.faults.is_empty() {
        let name = if server == ServerArg::Platform { "platform" } else { "seal-system" };
        say!("配置正确 nothing wrong: {} ({name})", path.display());
        return Ok(End::Good);
    }
    Ok(End::Bad)
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Box<toml::de::Error>> {
    toml::from_str(text).map_err(Box::new)
}

/// What is not TOML, a field that is not known, a value of another type.
fn tell_syntax(path: &Path, text: &str, error: &toml::de::Error) -> End {
    let (line, column) = place::line_and_column(text, error.span().map_or(0, |span| span.start));
    say!("{}:{line}:{column}: {}", path.display(), error.message().replace('\n', ", "));
    End::Bad
}

/// What was found in a configuration.
#[derive(Default)]
struct Found {
    faults: Vec<Fault>,
    notes: Vec<String>,
    folder: PathBuf,
}

impl Found {
    fn in_folder(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), ..Self::default() }
    }

    /// A file that has to be there.
    fn needs(&mut self, field: &str, path: &Path) {
        if let Err(error) = std::fs::File::open(self.folder.join(path)) {
            self.faults.push((field.to_owned(), format!("{}: {error}", path.display())));
        }
    }

    /// A file that is made when it is missing.
    fn may_make(&mut self, field: &str, path: &Path) {
        if !self.folder.join(path).exists() {
            self.notes.push(format!("{field}: {}: {MADE}", path.display()));
        }
    }

    /// TLS as a caller: files that are there and go together.
    fn client_tls(&mut self, field: &str, settings: &client::ClientTls) {
        let mut settled = settings.clone();
        settled.files().for_each(|path| *path = self.folder.join(&*path));
        if let (None, Err(error)) = (settings.fault(), settled.check()) {
            self.faults.push((field.to_owned(), error.to_string()));
        }
    }

    fn tls(&mut self, settings: Option<&TlsSettings>) {
        let Some(settings) = settings else { return };
        let settled = TlsSettings {
            certificate: self.folder.join(&settings.certificate),
            key: self.folder.join(&settings.key),
            ..settings.clone()
        };
        match settled.check() {
            Ok(end) if end < protocol::Clock::system().now() => {
                self.faults.push(("server.tls.certificate".to_owned(), format!("it ended at {end}")));
            }
            Ok(end) => self.notes.push(format!("server.tls.certificate: 有效期至 in force until {end}")),
            Err(error) => self.faults.push(("server.tls".to_owned(), error.to_string())),
        }
    }
}

fn of_platform(config: &platform::Config, folder: &Path) -> Found {
    let mut found = Found::in_folder(folder);
    for fault in config.faults() {
        found.faults.push(match fault {
            ConfigError::Value { field, reason } => (field.to_owned(), reason.to_owned()),
            ConfigError::Plain(error) => ("server.listen".to_owned(), error.to_string()),
            ConfigError::Syntax(error) => (String::new(), error.to_string()),
        });
    }
    found.tls(config.server.tls.as_ref());
    found.client_tls("routing.tls", &config.routing.tls);
    let keys = &config.keys;
    for (field, path) in
        [("keys.signing", &keys.signing), ("keys.root", &keys.root), ("keys.fields", &keys.fields)]
    {
        found.may_make(field, path);
    }
    if let Some(path) = &keys.password_file {
        found.needs("keys.password_file", path);
    }
    found
}

fn of_seal_system(config: &seal_system::config::Config, folder: &Path) -> Found {
    let mut found = Found::in_folder(folder);
    found.faults.extend(config.faults().into_iter().map(|(field, reason)| (field.to_owned(), reason)));
    found.tls(config.server.tls.as_ref());
    let keys = &config.keys;
    for (field, path) in
        [("keys.system", &keys.system), ("keys.maker", &keys.maker), ("keys.master", &keys.master)]
    {
        found.needs(field, path);
    }
    for (field, paths) in [("keys.trust", &keys.trust), ("platform.keys", &config.platform.keys)] {
        for path in paths {
            found.needs(field, path);
        }
    }
    found.client_tls("platform.tls", &config.platform.tls);
    found
}
