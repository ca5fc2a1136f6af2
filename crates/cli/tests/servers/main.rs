//! The servers as real processes of the built binary, with their operator's verbs: starting, ending, and being
//! killed.

#[cfg(test)]
mod books;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod growing;
#[cfg(test)]
mod joining;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod migrating;
#[cfg(test)]
mod operator;
#[cfg(test)]
mod phone;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod seal_system;
#[cfg(test)]
mod site;
#[cfg(test)]
mod stock;
#[cfg(test)]
mod traces;
#[cfg(test)]
mod transport;
