//! Tests of the structures from outside, in one program: round trips, tolerances, mutations, comparisons
//! with the `openssl` command, and documents of other vendors where they are at hand.

#[cfg(test)]
mod asn1;
#[cfg(test)]
mod cms;
#[cfg(test)]
mod crl;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod foreign;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod ocsp;
#[cfg(test)]
mod openssl;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod ses;
#[cfg(test)]
mod ses_odd;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tsp;
#[cfg(test)]
mod x509;
