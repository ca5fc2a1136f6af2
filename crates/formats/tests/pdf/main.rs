//! Tests of the PDF reader from outside, in one program: files as they are met, hostile files, properties, files of
//! qpdf and of other makers where they are at hand.

#[cfg(test)]
mod build;
#[cfg(test)]
mod composing;
#[cfg(test)]
mod costs;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod mutants;
#[cfg(test)]
mod other_tools;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod qpdf;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod scanning;
#[cfg(test)]
mod sealing;
#[cfg(test)]
mod signing;
#[cfg(test)]
#[path = "../structures/support.rs"]
#[expect(dead_code, reason = "shared with the tests of the structures, which need more of it")]
mod support;
#[cfg(test)]
mod text;
#[cfg(test)]
mod tools;
