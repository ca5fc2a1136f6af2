//! What the gateway writes with every request, together with that of others that wait: nonces, and the ends of requests.

use storage::nonces::{self, Taken};

use super::together::Work;
use crate::context::Context;
use crate::evidence::{self, Closing};
use crate::failure::Outcome;

/// Takes nonces into the store; tells of each whether it is new. One statement, durable when it returns.
pub(super) struct Nonces(pub(super) Context);

impl Work for Nonces {
    type Item = Taken;
    type Done = bool;
    const MOST: usize = nonces::MOST;

    async fn write(&self, items: &[Taken]) -> Outcome<Vec<bool>> {
        let mut tx = self.0.database.once().await?;
        let fresh = nonces::insert_all(&mut tx, items).await?;
        tx.commit().await?;
        Ok(fresh)
    }
}

/// Writes answers and, where no effect has done so, their requests into the evidence log.
pub(super) struct Endings(pub(super) Context);

impl Work for Endings {
    type Item = Closing;
    type Done = ();
    const MOST: usize = 32;

    async fn write(&self, items: &[Closing]) -> Outcome<Vec<()>> {
        evidence::close_all(&self.0, items).await?;
        Ok(vec![(); items.len()])
    }
}
