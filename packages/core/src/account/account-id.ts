import type { Bytes } from '../bytes'
import { backend } from '../crypto/current'
import { pae } from '../encoding/pae'
import { ACCOUNT_LABEL } from './constants'

/** The account that a first device founds: of a random nonce and the fingerprint of that device's identity. 32 bytes each. spec/account.md §1. */
export async function accountIdOf(nonce: Uint8Array, firstDevice: Uint8Array): Promise<Bytes> {
  return backend().sha256(pae([ACCOUNT_LABEL, nonce, firstDevice]))
}
