// evoke-optimize: lets a program in any language drive the optimizers.
#include <iostream>
#include <string>

#include "CLI/CLI.hpp"
#include "clients/optimize/search_request.h"
#include "clients/optimize/search_session.h"
#include "common/torch/torch_threads.h"

int main(int argc, char** argv) {
  CLI::App app{
      "Proposes points to a program that measures them: JSON on standard input, one message a "
      "line, "
      "and one line of JSON for each on standard output."};
  std::string models = "deploy/models", generator;
  app.add_option("--models", models, "Folder of generators")->capture_default_str();
  app.add_option(
      "--generator", generator,
      "Search this generator's space, unless start says otherwise; method auto needs one");
  app.footer(
      R"(Messages:
  {"command": "start", "space": {"dimensions": [{"continuous": {"lower": -4, "upper": 4,
     "prior": "PRIOR_STANDARD_NORMAL"}, "repeat": 64}]}, "method": "cma_es", "seed": 1}
      or "generator": "NAME" instead of the space. Codes: {"categorical": {"levels": 512}}.
      The method is a name, or settings as in an experiment's file:
      {"genetic": {"population_size": 20}}.  -> {"space": ...}
  {"command": "ask"}                -> {"points": [[...], ...]}, the same until they are told
  {"command": "tell", "scores": [3, null, ...]}, null: lost; optional "variances" and "trials"
                                    -> {"told": 8}
  {"command": "best"}               -> {"point": [...], "score": 17.2, "standard_error": 0.9}
  {"command": "adopt", "points": [[...], ...]}: these were shown; tell them next
                                    -> {"adopted": 8}
  {"command": "decode", "points": [[...], ...]}, with a generator
                                    -> {"width": 32, "height": 32, "rgb": [base64, ...]}
What fails is answered by {"error": "FIELD: ...", "code": "INVALID_ARGUMENT"} and changes nothing.
Higher scores are better. The same space, method, seed and scores give the same points.

Methods: )" +
      evoke::MethodNames());
  CLI11_PARSE(app, argc, argv);

  // The programs that are driven have cores to use too.
  evoke::SetTorchThreads(1);
  evoke::SearchSession session(
      [&models](const std::string& model) { return evoke::LoadGenerator(models, model); },
      generator);
  for (std::string line; std::getline(std::cin, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    std::cout << session.Answer(line) << std::endl;
    if (!std::cout) return 1;  // nobody reads any more
  }
  return 0;
}
