/** Another thread: makes the identity "me" in the key store it is told; answers its fingerprint. */
import { fingerprintToHex, openKeyStore } from '../src/index'

self.onmessage = async ({ data }: MessageEvent<string>) => {
  const store = await openKeyStore(data)
  const identity = await store.loadOrCreate('me', { modulusLength: 2048 })
  store.close()
  self.postMessage(fingerprintToHex(identity.public.fingerprint))
}
