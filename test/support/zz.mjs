import { startPostgres } from './postgres.ts'
