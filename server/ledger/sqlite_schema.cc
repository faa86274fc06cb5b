#include "server/ledger/sqlite_schema.h"

namespace evoke {

// SQLite keeps these comments: `.schema` shows them to whoever opens the file.
const char kLedgerSchema[] = R"sql(
CREATE TABLE experiments (
  id INTEGER PRIMARY KEY AUTOINCREMENT,  -- order of creation
  experiment TEXT NOT NULL UNIQUE,       -- last part of its name: demo for experiments/demo
  state TEXT NOT NULL,
  state_reason TEXT NOT NULL,
  create_time TEXT,                      -- UTC
  generation INTEGER NOT NULL,           -- blocks planned
  candidate_trials_done INTEGER NOT NULL,
  best_stimulus TEXT,                    -- best by estimate, not by its luckiest trial
  best_score REAL,
  last_sequence INTEGER NOT NULL,        -- of its latest event
  payload BLOB NOT NULL,                 -- evoke.v1.Experiment
  crc32 INTEGER NOT NULL                 -- of payload, as in zlib
);
CREATE TABLE events (
  experiment TEXT NOT NULL,
  sequence INTEGER NOT NULL,             -- from 1, without gaps
  time TEXT,                             -- UTC
  session TEXT NOT NULL,                 -- run of the server that wrote it
  kind TEXT NOT NULL,                    -- experiment, generation, trial, late_report, comment
  payload BLOB NOT NULL,                 -- evoke.v1.ExperimentEvent
  crc32 INTEGER NOT NULL,
  PRIMARY KEY (experiment, sequence)
);
CREATE TABLE trials (
  experiment TEXT NOT NULL,
  number INTEGER NOT NULL,               -- from 1, in the order planned
  generation INTEGER NOT NULL,
  kind TEXT NOT NULL,
  stimulus TEXT NOT NULL,                -- last part of its name
  repeat INTEGER NOT NULL,
  state TEXT NOT NULL,
  state_reason TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  display TEXT NOT NULL,                 -- clients/{client}
  onset_nanos INTEGER,                   -- since the server's start (session clock)
  dropped_frames INTEGER,
  score REAL,
  units TEXT,                            -- JSON arrays, one entry per unit
  spike_counts TEXT,
  baseline_counts TEXT,
  rates TEXT,
  payload BLOB NOT NULL,                 -- evoke.v1.Trial
  crc32 INTEGER NOT NULL,
  PRIMARY KEY (experiment, number)
);
CREATE TABLE stimuli (
  experiment TEXT NOT NULL,
  stimulus TEXT NOT NULL,                -- number, blank, or ref-{picture}
  generation INTEGER NOT NULL,           -- in which it appeared
  source TEXT NOT NULL,                  -- latent, reference, blank
  latent TEXT,                           -- JSON array, one entry per dimension
  reference TEXT,
  image_crc32 INTEGER NOT NULL,
  payload BLOB NOT NULL,                 -- evoke.v1.Stimulus, without its image
  crc32 INTEGER NOT NULL,
  PRIMARY KEY (experiment, stimulus)
);
CREATE VIEW unit_responses AS            -- one row per trial and unit
  SELECT t.experiment, t.number, t.generation, t.kind, t.stimulus, t.repeat, u.value AS unit,
         json_extract(t.spike_counts, '$[' || u.key || ']') AS spike_count,
         json_extract(t.baseline_counts, '$[' || u.key || ']') AS baseline_count,
         json_extract(t.rates, '$[' || u.key || ']') AS rate
  FROM trials AS t, json_each(t.units) AS u
  WHERE t.units IS NOT NULL;
CREATE VIEW stimulus_scores AS           -- one row per stimulus with a scored trial
  SELECT experiment, stimulus, count(score) AS trials, avg(score) AS mean_score,
         min(score) AS min_score, max(score) AS max_score
  FROM trials WHERE score IS NOT NULL GROUP BY experiment, stimulus;
)sql";

}  // namespace evoke
