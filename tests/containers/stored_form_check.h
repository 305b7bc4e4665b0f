// Loads and converts a file of another program.
#ifndef WEFT_TESTS_CONTAINERS_STORED_FORM_CHECK_H_
#define WEFT_TESTS_CONTAINERS_STORED_FORM_CHECK_H_

#include <map>
#include <string>

#include "containers/random.h"
#include "containers/stored_forms.h"

namespace weft::test {

// The form is loaded, and is converted to a container chosen at random, as expected. `beside` are
// files that belong to it.
void CheckStoredForm(const StoredForm& form, Random& random,
                     const std::map<std::string, std::string>& beside = {});

}  // namespace weft::test

#endif  // WEFT_TESTS_CONTAINERS_STORED_FORM_CHECK_H_
