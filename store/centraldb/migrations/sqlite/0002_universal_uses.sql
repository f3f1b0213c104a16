-- Who was clocked in or out with a kiosk's Universal PIN, the newest first: few
-- among millions of punches.
CREATE INDEX punches_universal ON punches (kiosk, at) WHERE auth = 'universal';
