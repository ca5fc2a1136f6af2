//! The commands without a server, as a person runs them: the built binary on files.

#[cfg(test)]
mod config;
#[cfg(test)]
mod deploy;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod pipe;
#[cfg(test)]
mod render;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod report;
#[cfg(test)]
mod seal_make;
#[cfg(test)]
mod sign;
#[cfg(test)]
mod verify;
#[cfg(test)]
mod workshop;
