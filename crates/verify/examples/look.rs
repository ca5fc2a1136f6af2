use sealbridge_verify::*;
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut trust = Trust::new();
    let mut pin = false;
    let mut files = vec![];
    let mut all = false;
    for a in args {
        if let Some(p) = a.strip_prefix("--trust=") { trust.add_trusted(&std::fs::read(p).unwrap()).unwrap(); }
        else if let Some(p) = a.strip_prefix("--crl=") { trust.add_crls(&std::fs::read(p).unwrap()).unwrap(); }
        else if a == "--pin" { pin = true } else if a == "--all" { all = true } else { files.push(a) }
    }
    trust.finish();
    let options = Options::new("2026-11-24T00:00:00Z".parse().unwrap());
    for f in files {
        let bytes = std::fs::read(&f).unwrap();
        let mut trust = trust.clone();
        let mut r = verify(&bytes, &trust, &options);
        if pin {
            for s in &r.signatures { for c in s.signer.iter().chain(&s.maker) { let _ = trust.add_trusted(&c.der); } }
            r = verify(&bytes, &trust, &options);
        }
        println!("=== {} {:?}", f.rsplit('/').next().unwrap(), r.verdict);
        for s in &r.signatures {
            println!("  -- sig {} {:?} {:?} code={:?} time={:?} owner={:?} exit={:?}", s.id, s.kind, s.verdict, s.seal_code, s.sign_time, s.signer.as_ref().map(|c| c.owner.clone()), s.exit().map(|c| c.text));
            for x in &s.findings { if all || x.status() != Status::Good { println!("     {} {} [{}] {}", x.status().as_str(), x.id(), x.clause().text, x.hint_en()); } }
        }
        for x in &r.findings { if all || x.status() != Status::Good { println!("   . {} {} {}", x.status().as_str(), x.id(), x.hint_en()); } }
    }
}
