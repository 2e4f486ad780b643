-- An `Idempotency-Key` that is being answered, and since when (api/http/idempotency.ts). Null: nobody does, be it that
-- the answer is there or that its attempt broke off. One that died leaves its time behind and is taken over.

alter table idempotency_keys add column claimed_at timestamptz;
