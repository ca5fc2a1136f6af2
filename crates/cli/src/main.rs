//! The one binary, `sealbridge`: reads the command line, wires the crates together and contains nothing else.
//!
//! Every verb ends with 0 for good, 1 for judged bad, 2 for could not be judged or done.

#[macro_use]
mod say;

mod args;
mod bundle;
mod config;
mod demo;
mod digests;
mod doctor;
mod draw;
mod engine;
mod keys;
mod outcome;
mod prove;
mod replay;
mod seal;
mod serve;
mod sign;
mod signed_report;
mod verify;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, ConfigVerb, EvidenceVerb, ReportVerb, SealVerb, Verb};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let engine = match engine::choose(cli.sm2_engine) {
        Ok(engine) => engine,
        Err(error) => return error.report(),
    };
    let ended = match cli.verb {
        Verb::Demo(args) => demo::run(&args),
        Verb::Platform(args) => serve::platform(&args, engine),
        Verb::SealSystem(args) => serve::seal_system(&args, engine),
        Verb::Migrate(args) => serve::migrate(&args),
        Verb::Operator(verb) => serve::operator(&verb),
        Verb::Import(args) => serve::import(&args),
        Verb::Export(args) => serve::export(&args),
        Verb::Evidence(EvidenceVerb::Export(args)) => serve::export_evidence(&args),
        Verb::Evidence(EvidenceVerb::Verify(args)) => bundle::verify(&args),
        Verb::Evidence(EvidenceVerb::Checkpoint(args)) => serve::checkpoint(&args),
        Verb::Prove(args) => prove::run(&args),
        Verb::Seal(SealVerb::Make(args)) => seal::make(&args),
        Verb::Sign(args) => sign::run(&args),
        Verb::Verify(args) => Ok(verify::run(&args)),
        Verb::Digests(args) => digests::run(&args),
        Verb::Report(ReportVerb::Verify(args)) => signed_report::verify(&args),
        Verb::Config(ConfigVerb::Check(args)) => config::check(&args),
        Verb::Config(ConfigVerb::Schema(args)) => config::schema(&args),
        Verb::DrawPages => draw::serve(),
        Verb::Doctor(args) => doctor::run(&args, engine),
    };
    match ended {
        Ok(end) => end.into(),
        Err(error) => error.report(),
    }
}
