// How many presentations each method needs to find a strong stimulus: deploy/benchmark optimizers.
#include <algorithm>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/end_signal.h"
#include "common/status_macros.h"
#include "sim_backend/networks/tensor_memory.h"
#include "tests/bench/optimizers/job_runner.h"
#include "tests/bench/optimizers/plots.h"
#include "tests/bench/optimizers/proposal_time.h"
#include "tests/bench/optimizers/report.h"
#include "tests/bench/optimizers/search.h"

namespace evoke {
namespace {

struct Options {
  std::string models = "deploy/models";
  std::string csv = "build/release/optimizers.csv";
  std::string anchors = "tests/bench/optimizer_anchors.csv";
  std::vector<std::string> methods, families, noises = {"clean", "poisson"};
  std::vector<int> budgets = {100, 200, 300, 500, 1000, 3000};
  int units = 6, seeds = 5;
  int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  std::string half = "report";
  std::string plots = "build/release/optimizers";
  bool full = false, quick = false, no_plots = false, repeat = false, freeze = false;
};

// The named ones, in the order of `all`; all if none are named.
template <typename T, typename Name>
absl::StatusOr<std::vector<T>> Choose(const std::vector<T>& all, std::vector<std::string> names,
                                      const char* what, Name name_of) {
  if (names.empty()) return all;
  std::vector<T> chosen;
  for (const T& item : all) {
    if (std::erase(names, name_of(item)) > 0) chosen.push_back(item);
  }
  if (names.empty()) return chosen;
  return absl::NotFoundError(absl::StrCat(
      "no ", what, " ", names[0], "; there are ",
      absl::StrJoin(all, ", ", [&](std::string* out, const T& item) { *out += name_of(item); })));
}

// What was not asked for otherwise.
void TakeQuickDefaults(const CLI::App& app, Options& options) {
  if (app.count("--families") == 0) options.families = {"sngan_convnet", "vqvae_snn"};
  if (app.count("--methods") == 0) {
    options.methods = {"random",     "tt_cross",        "protes_tt_b",  "genetic", "cma_es",
                       "sep_cma_es", "one_plus_lambda", "code_genetic", "auto"};
  }
  if (app.count("--budgets") == 0) options.budgets = {100, 300, 1000};
  if (app.count("--units") == 0) options.units = 3;
  if (app.count("--seeds") == 0) options.seeds = 2;
}

absl::Status Main(Options options) {
  if (options.full) options.budgets.push_back(10000);
  const std::set<int> columns(options.budgets.begin(), options.budgets.end());
  Selection selection;
  selection.columns.assign(columns.begin(), columns.end());
  selection.seeds = options.seeds;
  selection.tune = options.half == "tune";
  EVOKE_ASSIGN_OR_RETURN(selection.methods,
                         Choose(BenchmarkMethods(), options.methods, "method",
                                [](const BenchmarkMethod& m) { return m.name; }));
  EVOKE_ASSIGN_OR_RETURN(
      selection.noises, Choose(std::vector<Noise>{Noise::kClean, Noise::kPoisson}, options.noises,
                               "noise", [](Noise noise) { return std::string(NoiseName(noise)); }));
  const auto known = AllFamilies();
  EVOKE_ASSIGN_OR_RETURN(
      const std::vector<FamilySpec> specs,
      Choose(std::vector<FamilySpec>(known.begin(), known.end()), options.families, "family",
             [](const FamilySpec& f) { return std::string(f.name); }));

  EVOKE_ASSIGN_OR_RETURN(RunTable table, RunTable::Open(options.csv));
  EVOKE_ASSIGN_OR_RETURN(AnchorTable anchors, AnchorTable::Read(options.anchors));
  std::vector<std::unique_ptr<Family>> families;
  for (const FamilySpec& spec : specs) {
    EVOKE_ASSIGN_OR_RETURN(std::unique_ptr<Family> family,
                           Family::Load(spec, options.models, options.units));
    families.push_back(std::move(family));
    selection.families.push_back(families.back().get());
  }
  const absl::Status ran = RunJobs(JobsOf(selection, table, options.repeat),
                                   BudgetsFor(selection.columns), options.threads, &table);
  if (absl::IsAborted(ran)) return ran;

  for (const Family* family : selection.families) {
    EVOKE_ASSIGN_OR_RETURN(const bool frozen, anchors.Complete(*family));
    if (options.freeze || !frozen) anchors.Learn(*family, table.runs());
    if (!frozen) {
      std::cerr << family->spec().name << ": not all scores are frozen; 1 is the best of "
                << options.csv << "\n";
    }
  }
  if (options.freeze) EVOKE_RETURN_IF_ERROR(anchors.Write(options.anchors));
  std::vector<FamilyResults> results;
  for (const Family* family : selection.families) {
    for (const Noise noise : selection.noises) {
      results.emplace_back(&selection, family, noise, &table, &anchors);
    }
  }
  for (const FamilyResults& r : results) WriteTables(r, selection, std::cout);
  std::cout << "\n";
  for (const FamilyResults& r : results) WriteFigures(r, selection, std::cout);
  EVOKE_RETURN_IF_ERROR(WriteProposalTimes(selection.methods, results, std::cout));
  if (!options.no_plots) {
    for (const FamilyResults& r : results) EVOKE_RETURN_IF_ERROR(DrawPlots(r, options.plots));
    std::cerr << "plots are in " << options.plots << "\n";
  }
  return ran;
}

}  // namespace
}  // namespace evoke

int main(int argc, char** argv) {
  evoke::CatchEndSignals();
  evoke::KeepFreedMemory();
  CLI::App app{
      "Presentations to a strong stimulus: methods x families x units x seeds x noise. Runs go to "
      "a "
      "CSV file; those that it holds already are not run again."};
  evoke::Options options;
  app.add_option("--methods", options.methods, "These only, by name")->delimiter(',');
  app.add_option("--families", options.families, "These only, by name")->delimiter(',');
  app.add_option("--noise", options.noises, "clean, poisson")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--budgets", options.budgets, "Presentations: columns of the tables")
      ->delimiter(',')
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_flag("--full", options.full, "Also 10000 presentations");
  app.add_flag("--quick", options.quick,
               "A look within ten minutes: two families and the main methods, unless others are "
               "named, and fewer units, seeds and budgets");
  app.add_option("--units", options.units, "Units of the half")
      ->check(CLI::Range(1, 12))
      ->capture_default_str();
  app.add_option("--seeds", options.seeds, "Seeds of each unit")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--half", options.half, "Methods are tuned on one half of the units")
      ->check(CLI::IsMember({"report", "tune"}))
      ->capture_default_str();
  app.add_option("--threads", options.threads)->check(CLI::Range(1, 256))->capture_default_str();
  app.add_option("--csv", options.csv, "The runs")->capture_default_str();
  app.add_option("--anchors", options.anchors, "The frozen 0 and 1 of the scores")
      ->capture_default_str();
  app.add_option("--models", options.models)->capture_default_str();
  app.add_option("--plots", options.plots, "Folder for the plots")->capture_default_str();
  app.add_flag("--no-plots", options.no_plots, "Draw none");
  app.add_flag("--repeat", options.repeat, "Run again what the CSV file holds");
  app.add_flag("--freeze", options.freeze,
               "Write the anchors of these families: what the CSV file holds is the best known");
  CLI11_PARSE(app, argc, argv);
  if (options.quick) evoke::TakeQuickDefaults(app, options);
  const absl::Status status = evoke::Main(std::move(options));
  if (!status.ok()) std::cerr << status.message() << "\n";
  return status.ok() ? 0 : 1;
}
