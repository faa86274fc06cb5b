// Arbitrary bytes on RHX's sockets: the parsers must give the same however the bytes are cut, lose
// count of none of them, and read again what they write.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "clients/recorder/intan/intan_command.h"
#include "clients/recorder/intan/intan_wire.h"

namespace {

void Check(bool condition) {
  if (!condition) std::abort();
}

// Cuts `bytes` in two ways and compares. `append` writes a record as RHX would.
template <typename Parser, typename Record, typename Append>
void CheckParser(absl::string_view bytes, size_t record_bytes, Append append) {
  Parser whole, single;
  std::vector<Record> records, one_by_one;
  whole.Parse(bytes, &records);
  for (size_t i = 0; i < bytes.size(); ++i) single.Parse(bytes.substr(i, 1), &one_by_one);
  Check(records == one_by_one);
  Check(whole.garbage_bytes() == single.garbage_bytes());
  // What is neither a record nor garbage waits for its end.
  const size_t known = records.size() * record_bytes + whole.garbage_bytes();
  Check(known <= bytes.size() && bytes.size() - known < record_bytes);

  std::string again;
  for (const Record& record : records) append(record, &again);
  Parser reader;
  std::vector<Record> reread;
  reader.Parse(again, &reread);
  Check(reread.size() == records.size() && reader.garbage_bytes() == 0);
  std::string third;
  for (const Record& record : reread) append(record, &third);
  Check(third == again);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  CheckParser<evoke::IntanSpikeParser, evoke::IntanSpike>(bytes, evoke::kIntanSpikeBytes,
                                                          evoke::AppendIntanSpike);
  CheckParser<evoke::IntanDigitalParser, evoke::IntanDigitalBlock>(bytes, evoke::kIntanBlockBytes,
                                                                   evoke::AppendIntanBlock);
  for (const evoke::IntanReply& reply : evoke::ParseIntanReplies(bytes)) {
    std::string value;
    if (reply.Answers("runmode", &value)) Check(value.size() < reply.text.size());
    Check(reply.text.find("Return: ") == std::string::npos);
  }
  return 0;
}
