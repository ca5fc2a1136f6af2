//! What is in `deploy/`: files that can be read, configurations that servers take, and a chart whose pieces fit.
//!
//! Neither compose nor Helm is needed: the templates are looked at as text.

use std::path::{Path, PathBuf};
use std::process::Command;

use yaml_rust2::{Yaml, YamlLoader};

fn deploy(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(path)
}

fn text(path: &str) -> String {
    std::fs::read_to_string(deploy(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn yaml(text: &str) -> Yaml {
    YamlLoader::load_from_str(text).unwrap_or_else(|error| panic!("{error}:\n{text}")).remove(0)
}

/// Ends 0 when the configuration is right.
fn is_right(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("platform.toml");
    std::fs::write(&path, text).unwrap();
    let output =
        Command::new(env!("CARGO_BIN_EXE_sealbridge")).args(["config", "check"]).arg(path).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}\n{text}");
    said
}

#[test]
fn the_compose_file_is_whole() {
    let compose = yaml(&text("compose/compose.yaml"));
    for replica in ["platform-1", "platform-2"] {
        let service = &compose["services"][replica];
        // What both have in common comes by a merge key.
        let common = &service["<<"];
        assert_eq!(common["read_only"], Yaml::Boolean(true), "{replica}");
        for volume in common["volumes"].as_vec().unwrap() {
            let from = volume.as_str().unwrap().split(':').next().unwrap();
            let there = from.starts_with("./secrets/") || deploy("compose").join(from).exists();
            assert!(there, "{from}");
        }
    }
    let toml = text("compose/platform.toml");
    is_right(&toml);
    // The gateway that is believed is the one that is started.
    let gateway = compose["services"]["gateway"]["networks"]["front"]["ipv4_address"].as_str().unwrap();
    assert!(toml.contains(&format!("proxies = [\"{gateway}/32\"]")), "{gateway}");
    let nginx = text("compose/nginx.conf");
    for header in
        ["X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme", "Client-Cert $ssl_client_escaped_cert"]
    {
        assert!(nginx.contains(&format!("proxy_set_header {header};")), "{header} is not overwritten");
    }
    assert_eq!(nginx.matches('{').count(), nginx.matches('}').count());
}

/// The text of a template where every value is that of `values.yaml`: enough of Helm's language for our chart.
fn rendered(name: &str, tls: bool) -> String {
    let values = yaml(&text("helm/sealbridge/values.yaml"));
    let mut out = String::new();
    // For each open `if` or `with`: whether its lines count.
    let mut open: Vec<bool> = Vec::new();
    for line in text(&format!("helm/sealbridge/templates/{name}")).lines() {
        let trimmed = line.trim();
        let action = trimmed.strip_prefix("{{-").and_then(|rest| rest.strip_suffix("}}")).map(str::trim);
        match action {
            Some("if .Values.tlsSecret") => open.push(tls),
            Some("else") => {
                let last = open.last_mut().unwrap();
                *last = !*last;
            }
            Some(with) if with.starts_with("with ") => open.push(false),
            Some("end") => drop(open.pop().expect("an end has its beginning")),
            Some(include)
                if include.starts_with("include \"sealbridge.") || include.starts_with("toYaml") =>
            {
                let indent: usize = include.rsplit(' ').next().unwrap().parse().unwrap();
                let shown = if open.iter().all(|counts| *counts) { "included: here" } else { "" };
                out += &(" ".repeat(indent) + shown + "\n");
            }
            // Within a `with` of something that `values.yaml` leaves empty.
            Some(". | nindent 4") => assert!(!open.iter().all(|counts| *counts)),
            Some(other) => panic!("{name}: {other} is not known here"),
            None if open.iter().all(|counts| *counts) => {
                out.push_str(&inline(line, &values, tls));
                out.push('\n');
            }
            None => {}
        }
    }
    assert!(open.is_empty(), "{name}: something is not ended");
    out
}

/// Puts values in the place of `{{ … }}` in a line.
fn inline(line: &str, values: &Yaml, tls: bool) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("{{") {
        let (action, after) = after.split_once("}}").expect("an action that ends");
        out.push_str(before);
        let action = action.trim();
        let value = |path: &str| path.split('.').fold(values.clone(), |value, part| value[part].clone());
        out.push_str(&match action.split('|').next().unwrap().trim() {
            ".Release.Name" => "sealbridge".to_owned(),
            path if path.starts_with(".Values.") => {
                let found = match value(&path[".Values.".len()..]) {
                    Yaml::String(text) if action.contains("quote") => format!("\"{text}\""),
                    Yaml::String(text) => text,
                    Yaml::Integer(number) => number.to_string(),
                    Yaml::Array(list) if list.is_empty() => "[]".to_owned(),
                    other => panic!("{path}: {other:?} in values.yaml"),
                };
                if path.ends_with("tlsSecret") && tls { "tls".to_owned() } else { found }
            }
            scheme if scheme.starts_with("ternary") => (if tls { "HTTPS" } else { "HTTP" }).to_owned(),
            sum if sum.starts_with("add 65") => "75".to_owned(),
            include if include.starts_with("include (print") => "digest".to_owned(),
            other => panic!("{other} is not known here"),
        });
        rest = after;
    }
    out + rest
}

#[test]
fn the_chart_is_whole() {
    assert_eq!(yaml(&text("helm/sealbridge/Chart.yaml"))["name"].as_str(), Some("sealbridge"));
    for tls in [false, true] {
        let config = yaml(&rendered("configmap.yaml", tls));
        let toml = config["data"]["platform.toml"].as_str().unwrap().to_owned();
        if tls {
            // The certificate is not here; all else has to be right.
            assert!(toml.contains("[server.tls]") && toml.contains("plain_http = \"loopback\""), "{toml}");
            is_right(
                &toml
                    .replace("[server.tls]", "# ")
                    .replace("certificate = ", "# ")
                    .replace("key = \"/etc/sealbridge/tls", "# ")
                    .replace("0.0.0.0", "127.0.0.1"),
            );
        } else {
            is_right(&toml);
        }
        let deployment = yaml(&rendered("deployment.yaml", tls));
        let pod = &deployment["spec"]["template"]["spec"];
        let container = &pod["containers"][0];
        assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], Yaml::Boolean(true));
        let volumes: Vec<_> =
            pod["volumes"].as_vec().unwrap().iter().map(|v| v["name"].as_str().unwrap()).collect();
        for mount in container["volumeMounts"].as_vec().unwrap() {
            let name = mount["name"].as_str().unwrap();
            assert!(volumes.contains(&name), "{name}");
        }
        assert_eq!(volumes.contains(&"tls"), tls);
        for probe in ["readinessProbe", "livenessProbe", "startupProbe"] {
            let scheme = container[probe]["httpGet"]["scheme"].as_str();
            assert_eq!(scheme, Some(if tls { "HTTPS" } else { "HTTP" }), "{probe}");
        }
        for template in ["service.yaml", "poddisruptionbudget.yaml"] {
            assert_eq!(yaml(&rendered(template, tls))["metadata"]["name"].as_str(), Some("sealbridge"));
        }
    }
}

/// Where systemd is installed it reads the units itself.
#[test]
fn the_units_are_read_by_systemd() {
    for server in ["platform", "seal-system"] {
        let unit = text(&format!("systemd/sealbridge-{server}.service"));
        assert!(unit.contains(&format!("sealbridge {server} --config /etc/sealbridge/{server}.toml")));
        assert!(unit.contains("ExecReload=/bin/kill -HUP") && unit.contains("KillSignal=SIGTERM"));
        let folder = tempfile::tempdir().unwrap();
        let here = unit.replace("/usr/local/bin/sealbridge", env!("CARGO_BIN_EXE_sealbridge"));
        let path = folder.path().join(format!("sealbridge-{server}.service"));
        std::fs::write(&path, here).unwrap();
        let Ok(output) = Command::new("systemd-analyze").arg("verify").arg(&path).output() else { continue };
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && !said.contains("sealbridge-"), "{said}");
    }
}
