// Lines of CSV files (RFC 4180) whose fields hold no quotes and no line ends.
#ifndef EVOKE_TESTS_BENCH_OPTIMIZERS_CSV_H_
#define EVOKE_TESTS_BENCH_OPTIMIZERS_CSV_H_

#include <string>
#include <vector>

namespace evoke {

// In quotes if it holds a comma: units are named "conv3/8@7,0".
std::string CsvField(const std::string& text);

// Without their quotes.
std::vector<std::string> CsvFields(const std::string& line);

}  // namespace evoke

#endif  // EVOKE_TESTS_BENCH_OPTIMIZERS_CSV_H_
