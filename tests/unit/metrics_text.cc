// SPDX-License-Identifier: Apache-2.0
// What metrics say, byte for byte: samples of machines, and text for Prometheus.
#include <cstring>

#include "base/json.h"
#include "helpers.h"
#include "metrics/machine_totals.h"
#include "metrics/sample_file.h"
#include "sys/files.h"

namespace mayfly::test {
namespace {

constexpr const char* kHeader =
    "time,machine,task,last,cpu_ns,memory_bytes,memory_peak_bytes,read_bytes,write_bytes,"
    "cpu_pressure_us,memory_pressure_us,io_pressure_us\n";

MachineSample sample_of(const std::string& machine) {
  MachineSample sample;
  sample.time = 1'700'000'000 * kSecond + 5'000;
  sample.machine = machine;
  return sample;
}

TEST_CASE("a sample as CSV: what is not known is empty, what is 0 is not") {
  CHECK(csv_header() == kHeader);
  MachineSample sample = sample_of("m-1");
  CHECK(to_csv_line(sample) == "2023-11-14T22:13:20.000005Z,m-1,,false,,,,,,,,\n");
  sample.task = "t";
  sample.last = true;
  sample.usage.cpu_ns = 1;
  sample.usage.memory_bytes = 2;
  sample.usage.memory_peak_bytes = 3;
  sample.usage.read_bytes = 0;
  sample.usage.write_bytes = 5;
  sample.usage.pressure = {6, 7, 8};
  CHECK(to_csv_line(sample) == "2023-11-14T22:13:20.000005Z,m-1,t,true,1,2,3,0,5,6,7,8\n");
}

TEST_CASE("text that would end a field of CSV is quoted") {
  CHECK(csv_field("plain text") == "plain text");
  CHECK(csv_field("a,b") == "\"a,b\"");
  CHECK(csv_field("say \"x\"") == "\"say \"\"x\"\"\"");
  CHECK(csv_field("two\nlines\r") == "\"two\nlines\r\"");
}

TEST_CASE("a sample as JSON: what is not known is absent, and any bytes may be a name") {
  MachineSample sample = sample_of("m-1");
  CHECK(to_json_line(sample) == "{\"time\":\"2023-11-14T22:13:20.000005Z\",\"machine\":\"m-1\",\"last\":false}\n");
  sample.task = "a\"b\n";
  sample.usage.read_bytes = 0;
  sample.usage.pressure.io_us = 7;
  const std::string line = to_json_line(sample);
  CHECK(contains(line, "\"read_bytes\":0,\"io_pressure_us\":7}\n"));
  const auto parsed = parse_json(line);
  REQUIRE(parsed);
  CHECK(string_member(*parsed, "task") == "a\"b\n");
  sample.task = "\xff";
  CHECK(contains(to_json_line(sample), "\"task_base64\":\"/w==\""));
}

TEST_CASE("a file of samples has one header, however often it is continued") {
  const TempDirectory directory;
  const std::string path = directory / "m.csv";
  for (int i = 0; i < 2; ++i) {
    auto file = SampleFile::open(path, SampleFile::Format::csv);
    REQUIRE(file);
    REQUIRE(file->append(sample_of("m-1")));
  }
  const std::string line = to_csv_line(sample_of("m-1"));
  CHECK(*read_file(path, 4096) == kHeader + line + line);
  CHECK(contains(message_of(SampleFile::open("/dev/full", SampleFile::Format::csv)), "No space left"));
  CHECK(contains(message_of(SampleFile::open(directory / "no/m.csv", SampleFile::Format::csv)), "no/m.csv"));
}

TEST_CASE("a histogram's bounds belong to their buckets, which add up") {
  Histogram histogram;
  for (const Nanoseconds duration : {Nanoseconds{0}, kMillisecond, kMillisecond + 1, 600 * kSecond, 601 * kSecond}) {
    histogram.add(duration);
  }
  CHECK(histogram.counts().front() == 2);
  CHECK(histogram.counts()[1] == 1);
  CHECK(histogram.counts()[Histogram::kBounds.size() - 1] == 1);
  CHECK(histogram.counts().back() == 1);
  PrometheusText text;
  text.histogram("x_seconds", "X.", histogram);
  CHECK(text.text().starts_with("# HELP x_seconds X.\n# TYPE x_seconds histogram\n"
                                "x_seconds_bucket{le=\"0.001\"} 2\nx_seconds_bucket{le=\"0.0025\"} 3\n"));
  CHECK(text.text().ends_with("x_seconds_bucket{le=\"300\"} 3\nx_seconds_bucket{le=\"600\"} 4\n"
                              "x_seconds_bucket{le=\"+Inf\"} 5\nx_seconds_sum 1201.002000001\nx_seconds_count 5\n"));
}

TEST_CASE("values of labels are escaped, and always UTF-8") {
  PrometheusText text;
  text.metric("x", PrometheusText::Type::gauge, "X.");
  text.value(0.5, {{"a", "b\\c\"d\ne"}, {"f", "\xff"}});
  text.metric("y_total", PrometheusText::Type::counter, "Y.", 3);
  CHECK(text.text() == "# HELP x X.\n# TYPE x gauge\nx{a=\"b\\\\c\\\"d\\ne\",f=\"\\\\xff\"} 0.5\n"
                       "# HELP y_total Y.\n# TYPE y_total counter\ny_total 3\n");
}

std::string text_of(const MachineTotals& totals) {
  PrometheusText text;
  totals.write(text);
  return text.text();
}

TEST_CASE("totals never fall: each machine counts with its latest sample, and stays when it is gone") {
  MachineTotals totals;
  totals.launched();
  totals.launched();
  MachineSample first = sample_of("m-1");
  first.usage.cpu_ns = 2 * kSecond;
  totals.add(first);
  first.usage.cpu_ns = 3 * kSecond;
  totals.add(first);
  MachineSample second = sample_of("m-2");
  second.usage.cpu_ns = kSecond;
  second.last = true;
  totals.add(second);
  CHECK(contains(text_of(totals), "\nmayfly_machines 1\n"));
  CHECK(contains(text_of(totals), "\nmayfly_machine_cpu_seconds_total 4\n"));
  first.usage.cpu_ns.reset();  // could not be read
  totals.add(first);
  first.usage.cpu_ns = 1;  // by another source
  first.last = true;
  totals.add(first);
  CHECK(contains(text_of(totals), "\nmayfly_machines 0\n"));
  CHECK(contains(text_of(totals), "\nmayfly_machines_launched_total 2\n"));
  CHECK(contains(text_of(totals), "\nmayfly_machine_cpu_seconds_total 4\n"));
}

TEST_CASE("totals of what is not known are absent") {
  MachineTotals totals;
  totals.add(sample_of("m-1"));
  CHECK_FALSE(contains(text_of(totals), "cpu_seconds"));
  CHECK_FALSE(contains(text_of(totals), "bytes"));
  CHECK_FALSE(contains(text_of(totals), "pressure"));
  totals.set_host({.cpu_us = 1'500'000});
  CHECK(contains(text_of(totals), "\nmayfly_host_pressure_seconds_total{resource=\"cpu\"} 1.5\n"));
  CHECK_FALSE(contains(text_of(totals), "resource=\"io\""));
}

}  // namespace
}  // namespace mayfly::test
