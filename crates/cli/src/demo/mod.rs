//! `sealbridge demo`: the main job on this machine. A CA, a TSA, the platform and two seal systems on loopback; a
//! contract in system A, once as OFD and once as PDF, is sealed with a seal of system B, verified, and abuse is refused.
//! With `--federation` B has joined a second platform, and everything goes through both.

mod earlier;
mod federation;
mod input;
mod paper;
mod people;
mod phone;
mod progress;
mod story;
mod tamper;
mod world;

use std::path::{Path, PathBuf};

use crate::args::DemoArgs;
use crate::outcome::{About, End, Failure, Outcome};
use paper::Paper;
use progress::Progress;
use world::{Scale, World};

/// Runs the demonstration; ends 0 when everything was as it should be. What is asked for is judged first: nothing is
/// started or made for a run that cannot be.
pub(crate) fn run(args: &DemoArgs) -> Outcome {
    let scale = if args.federation { Scale::Federation } else { Scale::OnePlatform };
    world::ports(args.port, scale)?;
    let input = args.input.as_deref().map(input::read).transpose()?;
    let folder = folder(args.dir.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().about("runtime")?;
    runtime.block_on(demo((args, scale), &folder, input))
}

/// The folder of the run: the one given, or a new one in the folder for temporary files. A new one is its owner's
/// alone: keys and personal data will be in it.
fn folder(given: Option<&Path>) -> Outcome<PathBuf> {
    let folder = match given {
        Some(path) => path.to_path_buf(),
        None => std::env::temp_dir().join(format!("sealbridge-demo-{}", crypto::Random::system().hex_id())),
    };
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(&folder).about(folder.display())?;
    let used = folder.join("platform.db").exists();
    if used {
        return Err(Failure::new(format!("{}: holds an earlier run", folder.display()))
            .hint("give another folder with --dir, or remove that one"));
    }
    std::path::absolute(&folder).about(folder.display())
}

async fn demo((args, scale): (&DemoArgs, Scale), folder: &Path, input: Option<Paper>) -> Outcome {
    say!("sealbridge 演示 demonstration → {}", folder.display());
    let mut progress = Progress::new();
    let started = World::start(folder, (args.port, scale), &mut progress).await;
    let trust = folder.join("trust");
    let (world, failed) = match started {
        Ok(world) => {
            let told = tell(&world, input, &mut progress).await;
            let told = told.and_then(|()| world.leave_revocation_list());
            let told = told.and_then(|()| pages(progress.paths(), &trust));
            (Some(world), told.err())
        }
        Err(failure) => (None, Some(failure)),
    };
    let sealed = progress.first_document();
    let ok = progress.finish(folder, &trust, failed.as_ref())?;
    if let Some(failure) = failed {
        if let Some(world) = world {
            world.stop().await;
        }
        return Err(failure);
    }
    if let Some(world) = world {
        conclude(&world, folder, &trust, (ok, sealed.as_deref()));
        if !args.once {
            say!("\n按 Ctrl-C 结束 press Ctrl-C to end");
            world.shutdown.wait().await;
        }
        world.stop().await;
    }
    Ok(if ok { End::Good } else { End::Bad })
}

/// The story with the user's own document, or with the demonstration's contract of each kind.
async fn tell(world: &World, input: Option<Paper>, progress: &mut Progress) -> Outcome<()> {
    let papers = match input {
        Some(paper) => vec![paper],
        None => Paper::contracts(world.clock.now())?,
    };
    story::tell(world, &papers, progress).await
}

/// A page and a PDF about each document, to look at and to keep.
fn pages<'p>(documents: impl Iterator<Item = &'p Path>, trust: &Path) -> Outcome<()> {
    for document in documents {
        crate::verify::pages(document, trust, |kind| paper::report(document, kind))?;
    }
    Ok(())
}

fn conclude(world: &World, folder: &Path, trust: &Path, (ok, sealed): (bool, Option<&Path>)) {
    say!();
    say!(
        "{}",
        if ok {
            "结果：一切符合预期 all as it should be"
        } else {
            "结果：与预期不符 NOT as it should be"
        }
    );
    say!("  文档 documents        {}", folder.join("documents").display());
    if let Some(sealed) = sealed {
        say!("  验章报告 report       {}", paper::report(sealed, "html").display());
        say!("                        {}", paper::report(sealed, "pdf").display());
    }
    say!("  汇总 summary          {}", folder.join("summary.json").display());
    if let Some(sealed) = sealed {
        let (sealed, trust) = (sealed.display(), trust.display());
        say!("  再次验章 verify again  sealbridge verify {sealed} --trust {trust}");
    }
    say!("  平台 platform         {}/", world.platform_url);
    if let Some(second) = &world.second {
        say!("  第二个平台 platform 2 {}/", second.url);
        say!("  印章系统 C            {}/", second.c.public_url());
    }
    say!("  印章系统 A (签章 seal a document)  {}/sign", world.a.public_url());
    say!("  印章系统 B (印章 seals)            {}/", world.b.public_url());
    say!("  CA                    {}/root.pem", world.authority_url);
}
