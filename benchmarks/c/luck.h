/* exp and log without a library, and keyed luck: the same operations in the same order as sim/arithmetic.py and
   sim/chance.py (splitmix64), so that every bit is the same. The reductions are those of fdlibm. */

#include <math.h>
#include <string.h>

#define LN2 0.6931471805599453
#define LN2_HIGH 6.93147180369123816490e-01
#define LN2_LOW 1.90821492927058770002e-10

static inline double smaller(double a, double b) { return a < b ? a : b; }
static inline double larger(double a, double b) { return a > b ? a : b; }

static inline double double_of(int64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline int64_t bits_of(double x)
{
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double exp_of(double x)
{
    if (!(-708.0 <= x && x <= 709.0)) return x > 709.0 ? INFINITY : x < -708.0 ? 0.0 : NAN;
    const double power = (x * 1.44269504088896338700 + 6755399441055744.0) - 6755399441055744.0;
    const double high = x - power * LN2_HIGH, low = power * LN2_LOW, rest = high - low, square = rest * rest;
    const double even = rest - square * (1.66666666666666019037e-01 + square * (-2.77777777770155933842e-03
        + square * (6.61375632143793436117e-05 + square * (-1.65339022054652515390e-06
        + square * 4.13813679705723846039e-08))));
    const double of_rest = 1.0 + (rest * even / (2.0 - even) - low + high);
    return of_rest * double_of(((int64_t)power + 1023) << 52);
}

static inline double log_of(double x)
{
    int64_t scaled_by = 0;
    if (!(2.2250738585072014e-308 <= x && x < INFINITY)) {
        if (x == 0.0) return -INFINITY;
        if (!(x > 0.0)) return NAN;
        if (x == INFINITY) return INFINITY;
        x *= 18014398509481984.0;
        scaled_by = 54;
    }
    const int64_t sqrt_half = 0x3FE6A09E667F3BCD, offset = bits_of(x) - sqrt_half, power = (offset >> 52) - scaled_by;
    const double f = double_of((offset & 0xFFFFFFFFFFFFF) + sqrt_half) - 1.0;
    const double s = f / (2.0 + f), z = s * s, w = z * z;
    const double odd = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    const double even = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01
        + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    const double half = 0.5 * f * f;
    return power * LN2_HIGH - ((half - (s * (half + (odd + even)) + power * LN2_LOW)) - f);
}

#define GOLDEN 0x9E3779B97F4A7C15u

static inline uint64_t mix(uint64_t state)
{
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9u;
    state = (state ^ (state >> 27)) * 0x94D049BB133111EBu;
    return state ^ (state >> 31);
}

static inline uint64_t chain(uint64_t state, uint64_t link) { return mix((state ^ link) + GOLDEN); }
static inline uint64_t pair(uint64_t a, uint64_t b) { return mix(chain(mix(a + GOLDEN), b)); }
static inline uint64_t bits(uint64_t stream, uint64_t who, uint64_t item)
{
    return mix(chain(chain(stream, who), item));
}

static inline double uniform(uint64_t stream, uint64_t who, uint64_t item)
{
    return (double)(bits(stream, who, item) >> 11) * 0x1p-53;
}

static inline double gumbel(uint64_t stream, uint64_t who, uint64_t item)
{
    return -log_of(-log_of(((double)(bits(stream, who, item) >> 12) + 0.5) * 0x1p-52));
}

static struct streams streams(uint64_t seed, int64_t tick)
{
    uint64_t keys[STREAMS];
    struct streams luck;
    for (int n = 0; n < STREAMS; n++)
        keys[n] = chain(chain(mix(seed + GOLDEN), PURPOSES[n]), (uint64_t)(tick / PERIODS[n]));
    memcpy(&luck, keys, sizeof luck);
    return luck;
}
