//! Tests of archives, XML and OFD packages from outside, in one program: sealing with everything kept, hostile
//! files, properties, and documents of other vendors where they are at hand.

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod reach;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod sealing;
#[cfg(test)]
#[path = "../structures/support.rs"]
#[expect(dead_code, reason = "shared with the tests of the structures, which need more of it")]
mod support;
#[cfg(test)]
mod tools;
