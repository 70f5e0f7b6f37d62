/** Work that nobody waits for until the vault is closed. */
export interface Background {
  /** Starts it, and tries again when it fails. */
  run(work: () => Promise<void>): void
  /** Resolves when nothing is running any more. */
  settle(): Promise<void>
}

const ATTEMPTS = 3
const PAUSE_MS = 100

export function createBackground(): Background {
  const running = new Set<Promise<void>>()
  return {
    run(work) {
      const task = persist(work).finally(() => running.delete(task))
      running.add(task)
    },
    async settle() {
      await Promise.all(running)
    },
  }
}

async function persist(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      return await work()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt))
    }
  }
}
