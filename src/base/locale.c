#include "base/locale.h"

#include <langinfo.h>
#include <locale.h>
#include <string.h>

void locale_use(void)
{
	setlocale(LC_CTYPE, "");
#if defined(SHMTOOL_STATIC) && defined(__GLIBC__)
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C");
#endif
}
