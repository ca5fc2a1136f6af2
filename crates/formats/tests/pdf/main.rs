//! Tests of the PDF reader from outside, in one program: files of other makers where they are at hand, files made by
//! other programs, hostile files and properties.

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tools;
