// SPDX-License-Identifier: Apache-2.0
#include "spinnlab/base/errors.hpp"

#include <gtest/gtest.h>

namespace spinnlab {
namespace {

TEST(Error, SaysWhatIsWrongAndTheWayOut) {
    const MachineError error("there is no machine named tiny", "name one of spin3, spin5");
    EXPECT_STREQ(error.what(), "there is no machine named tiny\n  name one of spin3, spin5");
    EXPECT_EQ(error.way_out(), "name one of spin3, spin5");
}

TEST(Error, AUsersMistakeIsNotOurBug) {
    EXPECT_FALSE((std::is_base_of_v<InternalError, MachineError>));
    EXPECT_FALSE((std::is_base_of_v<Error, InternalError>));
}

}  // namespace
}  // namespace spinnlab
