"""Planets that attract each other: arithmetic on floats in lists."""

DAY = 0.01
SUN_MASS = 39.47841760435743
BODIES = {
    "sun": ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0], SUN_MASS),
    "jupiter": ([4.84143144, -1.16032004, -0.10362204], [0.60632639, 2.81198684, -0.02521836], 0.03769367),
    "saturn": ([8.34336671, 4.12479856, -0.40352341], [-1.01077434, 1.82566237, 0.00841576], 0.01128632),
    "uranus": ([12.89436956, -15.11115140, -0.22330757], [1.08279100, 0.86871301, -0.01083263], 0.00172372),
    "neptune": ([15.37969711, -25.91931460, 0.17925877], [0.97909073, 0.59469899, -0.03475595], 0.00203368),
}


def pairs(bodies):
    return [(bodies[i], bodies[j]) for i in range(len(bodies)) for j in range(i + 1, len(bodies))]


def advance(bodies, between, steps):
    for _ in range(steps):
        for (one, one_speed, one_mass), (other, other_speed, other_mass) in between:
            dx = one[0] - other[0]
            dy = one[1] - other[1]
            dz = one[2] - other[2]
            force = DAY * (dx * dx + dy * dy + dz * dz) ** -1.5
            one_speed[0] -= dx * other_mass * force
            one_speed[1] -= dy * other_mass * force
            one_speed[2] -= dz * other_mass * force
            other_speed[0] += dx * one_mass * force
            other_speed[1] += dy * one_mass * force
            other_speed[2] += dz * one_mass * force
        for place, speed, _mass in bodies:
            place[0] += DAY * speed[0]
            place[1] += DAY * speed[1]
            place[2] += DAY * speed[2]


def main():
    bodies = [(list(place), list(speed), mass) for place, speed, mass in BODIES.values()]
    advance(bodies, pairs(bodies), 120)
    return round(sum(place[0] for place, _, _ in bodies), 9)


if __name__ == "__main__":
    print(main())
